public import PinEngine

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where the local cache of remote boards is, and how large it may become.
public struct CacheSettings: Sendable, Hashable {
    /// 10 GiB: some hundred data sets of common size, and no burden to a disk of today.
    public static let standardByteCountMax: UInt64 = 10 << 30

    /// Its folder; made when it is first needed.
    public var path: String
    /// The most bytes it keeps; 0 keeps nothing.
    public var byteCountMax: UInt64

    public init(path: String, byteCountMax: UInt64 = CacheSettings.standardByteCountMax) {
        self.path = path
        self.byteCountMax = byteCountMax
    }

    /// What the process's environment says; see ``standard(variable:)``.
    public static func standard() throws(EngineError) -> CacheSettings {
        try standard { name in unsafe getenv(name).map { unsafe String(cString: $0) } }
    }

    /// What the environment says: `PINS_CACHE_DIR`, else `pins` in the platform's cache folder
    /// (`XDG_CACHE_HOME`, `~/.cache`, on macOS `~/Library/Caches`); and `PINS_CACHE_SIZE`.
    ///
    /// - Parameter variable: Gives a variable's value.
    /// - Throws: ``EngineError/Code/usage`` for a size that is none.
    public static func standard(
        variable: (String) -> String?
    ) throws(EngineError) -> CacheSettings {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        var settings = CacheSettings(path: "")
        if let path = value("PINS_CACHE_DIR") {
            settings.path = path
        } else if let caches = value("XDG_CACHE_HOME"), caches.hasPrefix("/") {
            settings.path = caches + "/pins"
        } else {
            let home = value("HOME") ?? "/tmp"
            #if os(macOS)
                settings.path = home + "/Library/Caches/pins"
            #else
                settings.path = home + "/.cache/pins"
            #endif
        }
        if let text = value("PINS_CACHE_SIZE") {
            guard let size = byteCount(text) else {
                throw EngineError(
                    .usage,
                    "PINS_CACHE_SIZE is '\(text)'; give bytes, or a number with KiB, MiB, "
                        + "GiB or TiB")
            }
            settings.byteCountMax = size
        }
        return settings
    }

    /// Reads a size: digits, and a unit.
    static func byteCount(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [String: UInt64] = [
            "": 1, "B": 1, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000,
            "TB": 1_000_000_000_000, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30,
            "TIB": 1 << 40,
        ]
        guard let number = UInt64(digits),
            let unit = units[text.dropFirst(digits.count).uppercased()]
        else { return nil }
        let (product, isTooLarge) = number.multipliedReportingOverflow(by: unit)
        return isTooLarge ? nil : product
    }
}
