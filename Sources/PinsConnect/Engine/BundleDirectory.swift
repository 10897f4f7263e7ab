internal import PinEngine
internal import PinFormat
internal import PinStorage

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The file of an engine bundle that stands where programs for plain pins look for the data: it
/// says to people what to do, and to this program which objects the board beside it has. The small
/// ones that every reader needs stand in it, so that they take no requests.
struct BundleDirectory: Sendable, Equatable {
    static let fileName = "read-with-swift-pins.json"
    /// Where the board is in the bundle.
    static let boardFolder = "engine"
    /// What is read of it at most.
    static let byteCountMax = 32 << 20
    /// Objects of at most so many bytes stand in it, and so many together.
    private static let (smallByteCountMax, allByteCountMax) = (512 << 10, 1 << 20)
    /// The same for packs: those of nodes of manifests are small.
    private static let packByteCountMax = 256 << 10
    private static let objectCountMax = 200_000
    private static let version = 1

    /// The size of every object.
    var sizes: [ObjectKey: Int]
    /// Those that stand here.
    var small: [ObjectKey: [UInt8]]

    /// Whether readers of one version need an object, and it is small.
    private static func isKept(_ key: ObjectKey, _ byteCount: Int) -> Bool {
        // Only writers look at sketches.
        if key.text.hasPrefix(BoardKeys.sketchPrefix) { return false }
        let isPack = key.text.hasPrefix(BoardKeys.packPrefix)
        return byteCount <= (isPack ? packByteCountMax : smallByteCountMax)
    }

    /// The directory of a board that was made.
    init(of stage: BundleStage) async throws(EngineError) {
        (sizes, small) = ([:], [:])
        var left = Self.allByteCountMax
        let objects = stage.objects.map { (key: $0.key, byteCount: $0.object.byteCount) }
        for (key, byteCount) in objects.sorted(by: { $0.byteCount < $1.byteCount }) {
            sizes[key] = byteCount
            guard Self.isKept(key, byteCount), byteCount <= left else { continue }
            left -= byteCount
            do throws(BackendError) {
                small[key] = try await stage.get(key, limit: byteCount)
            } catch {
                throw EngineError(error)
            }
        }
    }

    // MARK: - JSON

    private struct Form: Codable {
        struct Object: Codable {
            let key: String
            let size: Int
            var bytes: Data?
        }

        let version: Int
        let what: String
        let objects: [Object]
    }

    /// - Parameters:
    ///   - pin: `owner/name`.
    ///   - server: The server's address.
    func encoded(pin: String, server: String) -> [UInt8] {
        let what =
            "The data of this version are in the folder '\(Self.boardFolder)', which is a board of "
            + "swift-pins. Read them with: pins read \(BundlePage.location(server)) \(pin) -o FILE"
        let form = Form(
            version: Self.version, what: what,
            objects: sizes.sorted { $0.key < $1.key }.map { key, size in
                Form.Object(key: key.text, size: size, bytes: small[key].map { Data($0) })
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(form) else {
            preconditionFailure("texts and numbers can be encoded")
        }
        return Array(data) + [0x0A]
    }

    /// Reads a directory of anybody's.
    ///
    /// - Throws: ``EngineError/Code/corrupt``, ``EngineError/Code/needsNewer``.
    init(_ bytes: [UInt8], _ place: ConnectPlace) throws(EngineError) {
        func damaged(_ why: String) -> EngineError {
            EngineError(
                .corrupt, "\(Self.fileName) of \(place.printable) cannot be read: \(why)",
                object: place.pin)
        }
        guard bytes.count <= Self.byteCountMax,
            let form = try? JSONDecoder().decode(Form.self, from: Data(bytes))
        else { throw damaged("it is no directory of a board") }
        guard form.version == Self.version else {
            throw EngineError(
                .needsNewer,
                "the engine bundle of \(place.printable) is of form \(form.version), this program "
                    + "reads \(Self.version)", object: place.pin)
        }
        guard form.objects.count <= Self.objectCountMax else { throw damaged("it is too long") }
        (sizes, small) = ([:], [:])
        for object in form.objects {
            guard let key = try? ObjectKey(validating: object.key), object.size >= 0,
                object.size <= 1 << 40, object.bytes.map({ $0.count == object.size }) ?? true
            else { throw damaged("'\(Names.printable(object.key))' cannot be an object") }
            sizes[key] = object.size
            small[key] = object.bytes.map { Array($0) }
        }
    }
}
