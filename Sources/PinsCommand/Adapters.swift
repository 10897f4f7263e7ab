import PinEngine
import Pins
import PinsWeb

/// What the command knows of places beyond folders.
enum Adapters {
    /// Makes the adapters known to `Board`. Touches neither network nor disk.
    ///
    /// - Throws: ``EngineError/Code/usage`` for an environment that makes no sense.
    static func register() throws(EngineError) {
        BoardAdapters.register(WebBoards(cache: try cache()).adapter)
    }

    /// The local cache of remote boards.
    static func cache() throws(EngineError) -> BoardCache {
        BoardCache(try CacheSettings.standard())
    }
}
