import Foundation
import PinFormat
import PinTransforms

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ run: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(64)
}

/// Writes the vectors of a target, with checksums of zero, into a folder.
func writeSeeds(_ target: FuzzTarget, from vectors: String, to folder: String) throws {
    for (number, sample) in ForeignBytes.samples(target).enumerated() {
        try Data(sample.utf8).write(to: URL(fileURLWithPath: "\(folder)/sample-\(number)"))
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: vectors).sorted()
    where name.hasSuffix(".bin") && target.seedPrefixes.contains(where: { name.hasPrefix($0) }) {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(vectors)/\(name)")))
        let kinds: [UInt8] = target == .rows ? [0, 1, 2, 3] : [0]
        for kind in kinds {
            let input = target == .rows ? [kind] + bytes : bytes
            guard let seed = try? target.reencoded(input, .standard, encoding: FuzzTarget.zero)
            else { continue }
            try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/\(name)-\(kind)"))
        }
    }
}

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    fail("usage: FuzzFormat list | seeds TARGET VECTORS FOLDER | TARGET [options of libFuzzer]")
}
if arguments[1] == "list" {
    print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
    exit(0)
}
if arguments[1] == "seeds", arguments.count == 5, let target = FuzzTarget(rawValue: arguments[2]) {
    try writeSeeds(target, from: arguments[3], to: arguments[4])
    exit(0)
}
guard let chosen = FuzzTarget(rawValue: arguments[1]) else { fail("no target \(arguments[1])") }

// Set once, before the driver calls; its callback cannot capture.
nonisolated(unsafe) var target = FuzzTarget.config
target = chosen
var list: [UnsafeMutablePointer<CChar>?] = ([arguments[0]] + arguments.dropFirst(2)).map {
    strdup($0)
}
var count = Int32(list.count)
list.append(nil)
exit(
    list.withUnsafeMutableBufferPointer { buffer in
        var base = buffer.baseAddress
        return runDriver(&count, &base) { bytes, count in
            target.attack(Array(UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
    })
