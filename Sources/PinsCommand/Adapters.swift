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
        for adapter in all(try cache()) { BoardAdapters.register(adapter) }
    }

    /// Whatever opens what is no folder.
    static func all(_ cache: BoardCache?) -> [BoardAdapter] {
        let buckets = S3Boards(cache: cache)
        return [
            WebBoards(cache: cache).adapter, buckets.adapter, buckets.plainAdapter,
            ConnectBoards(cache: cache).adapter,
        ]
    }

    /// The local cache of remote boards.
    static func cache() throws(EngineError) -> BoardCache {
        BoardCache(try CacheSettings.standard())
    }
}
