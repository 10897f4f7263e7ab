import PinEngine
import Pins
import PinsConnect
import PinsS3
import PinsWeb

/// What the command knows of places beyond folders.
enum Adapters {
    /// Makes the adapters known to `Board`. Touches neither network nor disk.
    ///
    /// - Throws: ``EngineError/Code/usage`` for an environment that makes no sense.
    static func register() throws(EngineError) {
        let cache = try cache()
        BoardAdapters.register(WebBoards(cache: cache).adapter)
        let buckets = S3Boards(cache: cache)
        BoardAdapters.register(buckets.adapter)
        BoardAdapters.register(buckets.plainAdapter)
        BoardAdapters.register(ConnectBoards(cache: cache).adapter)
    }

    /// The local cache of remote boards.
    static func cache() throws(EngineError) -> BoardCache {
        BoardCache(try CacheSettings.standard())
    }
}
