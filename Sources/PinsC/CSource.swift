internal import CPins
internal import PinEngine
internal import PinFormat
internal import Pins

/// Bytes in the caller's memory.
struct BufferSource: ByteSource {
    let bytes: Lent<UnsafeRawBufferPointer>

    var isRepeatable: Bool { true }
    var expectedByteCount: UInt64? { UInt64(bytes.value.count) }

    func open() -> any ByteStream { Stream(bytes.value) }

    private final class Stream: ByteStream {
        private var rest: Slice<UnsafeRawBufferPointer>

        init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

        func read(into buffer: inout [UInt8], from offset: Int) -> Int {
            let count = min(rest.count, buffer.count - offset)
            buffer.withUnsafeMutableBytes { target in
                target[offset..<offset + count].copyBytes(from: rest.prefix(count))
            }
            rest = rest.dropFirst(count)
            return count
        }

        func finish() {}
    }
}

/// Bytes that a callback gives, once.
struct CallbackSource: ByteSource {
    typealias Function = (pins_read_function, UnsafeMutableRawPointer?)

    let function: Lent<Function>

    var isRepeatable: Bool { false }
    var expectedByteCount: UInt64? { nil }

    func open() -> any ByteStream { Stream(function) }

    private final class Stream: ByteStream {
        private let function: Lent<Function>

        init(_ function: Lent<Function>) { self.function = function }

        func read(into buffer: inout [UInt8], from offset: Int) throws(EngineError) -> Int {
            let (function, user) = function.value
            let capacity = buffer.count - offset
            guard capacity > 0 else { return 0 }
            if Task.isCancelled { throw EngineError(.cancelled, "the write was cancelled") }
            let count = buffer.withUnsafeMutableBytes { bytes in
                Callback.run { function(user, bytes.baseAddress.map { $0 + offset }, capacity) }
            }
            guard count >= 0 else {
                throw EngineError(.ioError, "the callback that gives the input failed (\(count))")
            }
            guard count <= capacity else {
                throw EngineError(
                    .usage, "the callback that gives the input claims \(count) bytes of \(capacity)"
                )
            }
            return Int(count)
        }

        func finish() {}
    }
}

/// What is written.
enum CInputs {
    /// The files of an array of inputs, each as large as the first says.
    static func files(
        _ inputs: UnsafePointer<pins_input>?, _ count: Int
    ) throws(EngineError) -> [InputFile] {
        guard let inputs, count > 0 else { throw EngineError(.usage, "there is no input") }
        let raw = UnsafeRawPointer(inputs)
        let stride = raw.loadUnaligned(as: UInt.self)
        var files: [InputFile] = []
        for index in 0..<count {
            let (offset, isOver) = index.multipliedReportingOverflow(by: Int(clamping: stride))
            guard !isOver, index < Limits.versionFileCount else {
                throw EngineError(.usage, "\(count) inputs are too many")
            }
            let here = (raw + offset).assumingMemoryBound(to: pins_input.self)
            files += try self.files(options(here, zero: pins_input(), "pins_input"))
        }
        return files
    }

    private static func files(_ input: pins_input) throws(EngineError) -> [InputFile] {
        let path = try optionalText(input.path, "the path of an input")
        let file = try optionalText(input.file, "the file of an input")
        let kinds = [file != nil, input.bytes != nil, input.read != nil]
        guard kinds.count(where: { $0 }) == 1 else {
            throw EngineError(
                .usage, "an input is exactly one of a file, a buffer (not NULL) and a callback")
        }
        if let file {
            guard let path else { return try InputTree.files(atPaths: [file]) }
            return [InputFile(path: path, source: FileSource(path: file))]
        }
        guard let path else { throw EngineError(.usage, "a buffer or callback needs a path") }
        if let read = input.read {
            let source = CallbackSource(function: Lent((read, input.user)))
            return [InputFile(path: path, source: source)]
        }
        guard let count = Int(exactly: input.byte_count) else {
            throw EngineError(.usage, "a buffer of \(input.byte_count) bytes cannot be")
        }
        let bytes = UnsafeRawBufferPointer(start: input.bytes, count: count)
        return [InputFile(path: path, source: BufferSource(bytes: Lent(bytes)))]
    }
}
