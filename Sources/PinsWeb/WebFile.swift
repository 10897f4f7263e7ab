internal import PinEngine
internal import PinStorage
internal import Pins

/// A file of a version on the web, read by ranges.
struct WebFile: PlainFile {
    let status: PlainFileStatus
    private let reader: WebReader
    private let object: WebObject

    init(_ reader: WebReader, _ object: WebObject, _ status: PlainFileStatus) {
        (self.reader, self.object, self.status) = (reader, object, status)
    }

    func read(_ range: Range<UInt64>) async throws(EngineError) -> [UInt8] {
        guard !range.isEmpty else { return [] }
        do throws(BackendError) {
            return try await reader.part(
                object, Int(clamping: range.lowerBound)..<Int(clamping: range.upperBound))
        } catch {
            throw EngineError(error)
        }
    }
}

/// A small file in memory.
struct WebText: PlainFile {
    let status: PlainFileStatus
    private let bytes: [UInt8]

    init(_ bytes: [UInt8], _ status: PlainFileStatus) {
        (self.bytes, self.status) = (bytes, status)
    }

    func read(_ range: Range<UInt64>) async throws(EngineError) -> [UInt8] {
        Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}

extension String {
    /// The text that a percent-encoded one stands for; bytes that are no UTF-8 are repaired.
    var removingPercentEncoding: String {
        let bytes = Array(utf8)
        var out: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
                let byte = UInt8(
                    String(decoding: bytes[position + 1...position + 2], as: UTF8.self), radix: 16)
            {
                out.append(byte)
                position += 3
            } else {
                out.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
