import PinStorage
import PinTesting
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The simulated file system answers as the real one does, call by call and error by error: what is
/// proved over the one says something about the other.
@Suite struct FileSystemModelTests {
    static let names = ["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "a/x"]

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func theSimulationAnswersAsTheRealOne(seed: UInt64) async throws {
        try await withTemporaryFolder { path in
            let real = PosixFileSystem()
            let model = SimulatedFileSystem(folders: ["/root"])
            let random = SeededRandom(seed: seed)
            for step in 0..<300 {
                let number = random.below(10)
                let one = Self.names[random.below(Self.names.count)]
                let two = Self.names[random.below(Self.names.count)]
                let offset = random.below(10)
                func answer(_ fileSystem: any FileSystem, _ root: String) -> String {
                    Self.answer(fileSystem, number, "\(root)/\(one)", "\(root)/\(two)", offset)
                }
                let expected = answer(real, path)
                let found = answer(model, "/root")
                #expect(found == expected, "seed \(seed), step \(step): \(number) \(one) \(two)")
                if found != expected { return }
            }
            #expect(model.openCount == 0)
        }
    }

    /// Makes one call, or a few on one file, and says what came of it.
    static func answer(
        _ fileSystem: any FileSystem, _ number: Int, _ one: String, _ two: String, _ offset: Int
    ) -> String {
        do {
            switch number {
            case 0: try fileSystem.rename(one, to: two)
            case 1: try fileSystem.renameExclusive(one, to: two)
            case 2: try fileSystem.link(one, to: two)
            case 3: try fileSystem.unlink(one)
            case 4: try fileSystem.makeDirectory(one)
            case 5: try fileSystem.removeDirectory(one)
            case 6: try fileSystem.synchronizeDirectory(one)
            case 7:
                let names = try fileSystem.listDirectory(one).map { "\($0.name) \($0.kind)" }
                return names.sorted().joined(separator: ",")
            case 8:
                let file = try OwnedFile.createExclusive(one, of: fileSystem)
                try file.write([1, 2, 3], at: offset)
                try file.write([4, 5], at: 1)
                try file.synchronize()
                return "wrote \(try file.status().byteCount)"
            default:
                let status = try fileSystem.status(one, followingLinks: false)
                let names = status.kind == .file ? status.linkCount : 0
                guard status.kind == .file else { return "\(status.kind)" }
                let file = try OwnedFile.openForReading(one, of: fileSystem)
                var bytes = [UInt8](repeating: 0xFF, count: 20)
                let count = try bytes.withUnsafeMutableBytes {
                    try file.read(at: offset / 2, into: $0)
                }
                return "\(names) names, \(status.byteCount) bytes, \(bytes[..<count])"
            }
            return "done"
        } catch let error as SystemError {
            return "error \(error.number)"
        } catch {
            return "\(error)"
        }
    }
}
