internal import PinStorage

// The laws about single objects.
extension ConformanceGround {
    /// What is not there is told apart from what cannot be read.
    func missingObjects() async throws {
        let key = try key("missing")
        try await requireError(.notFound, "get of a missing object") {
            _ = try await backend.get(key, limit: 10)
        }
        try await requireError(.notFound, "get of a range of a missing object") {
            _ = try await backend.get(key, range: 0..<1)
        }
        try require(try await backend.stat(key) == nil, "stat of a missing object is nil")
        do {
            let object = try await backend.openLocal(key)
            try require(object == nil, "openLocal of a missing object gave one")
        } catch let error as BackendError {
            try require(error.code == .notFound, "openLocal of a missing object: \(error)")
        }
        guard backend.capabilities.list else { return }
        let page = try await backend.list(prefix: prefix, after: nil)
        try require(page.objects.isEmpty && page.isLast, "a prefix of nothing lists \(page)")
    }

    /// What was put is read at once.
    func readAfterWrite() async throws {
        for count in [1, 2, 511, 512, 513, 4096, 65_537] {
            let key = try key("size-\(count)")
            let bytes = random.bytes(count: count)
            try await create(key, bytes)
            try await requireContent(key, bytes)
        }
        let deep = try key("a/b-c/d_e/f.g/h")
        try await create(deep, [7])
        try await requireContent(deep, [7])
    }

    /// An object that is written piece by piece is absent until it is whole, and follows the mode.
    func pieces() async throws {
        for count in [0, 1, 3] {
            let key = try key("pieces-\(count)")
            let pieces = (0..<count).map { _ in random.bytes(count: 70_001) }
            let whole = Array(pieces.joined())
            do {
                let abandoned = try await backend.writer(key, byteCount: 3, mode: .ifAbsent)
                try await abandoned.append([1, 2])
            }
            let writer = try await backend.writer(
                key, byteCount: whole.count, mode: .ifAbsent)
            for piece in pieces { try await writer.append(piece) }
            try require(try await backend.stat(key) == nil, "an object is there before its end")
            let outcome = try await writer.publish()
            try require(outcome != .exists, "publishing an absent object gave \(outcome)")
            try await requireContent(key, whole)
            for mode in [PutMode.ifAbsent, .overwrite] {
                let again = try await backend.writer(key, byteCount: 1, mode: mode)
                try await again.append([9])
                let outcome = try await again.publish()
                try require(
                    (outcome == .exists) == (mode == .ifAbsent) || outcome == .unknown,
                    "publishing over an object with \(mode) gave \(outcome)")
                try await requireContent(key, mode == .ifAbsent ? whole : [9])
            }
        }
    }

    /// A range gives exactly its bytes; one that leaves the object is refused.
    func ranges() async throws {
        let key = try key("ranges")
        let bytes = random.bytes(count: 9)
        try await create(key, bytes)
        for start in 0...9 {
            for end in start...9 {
                let part = try await backend.get(key, range: start..<end)
                try require(
                    part == Array(bytes[start..<end]), "range \(start)..<\(end) gives \(part)")
            }
        }
        for range in [0..<10, 8..<10, 9..<10, 10..<10, 10..<11, 0..<Int.max, Int.max - 1..<Int.max]
        {
            try await requireError(.rangeNotSatisfiable, "range \(range) of 9 bytes") {
                _ = try await backend.get(key, range: range)
            }
        }
    }

    /// No byte is a content like any other.
    func emptyObjects() async throws {
        let key = try key("empty")
        try await create(key, [])
        try await requireContent(key, [])
        let part = try await backend.get(key, range: 0..<0)
        try require(part.isEmpty, "the empty range of an empty object gives \(part)")
        try await requireError(.rangeNotSatisfiable, "a byte of an empty object") {
            _ = try await backend.get(key, range: 0..<1)
        }
        guard backend.capabilities.strongList else { return }
        let listed = try await backend.list(prefix: prefix, after: nil).objects
        try require(listed.map(\.byteCount) == [0], "an empty object is listed as \(listed)")
    }

    /// An overwrite replaces the whole object.
    func overwrite() async throws {
        let key = try key("overwrite")
        for (round, count) in [0, 100, 10, 1_000, 0, 1].enumerated() {
            let bytes = random.bytes(count: count)
            let outcome = try await backend.put(
                key, bytes, mode: .overwrite, durable: round % 2 == 0)
            try require(outcome != .exists, "an overwrite answers exists")
            try await requireContent(key, bytes)
        }
    }

    /// Readers see the old object or the new one while it is replaced.
    func overwriteIsSeenWhole() async throws {
        let key = try key("whole")
        let sizes = [10_000, 300_000]
        try await create(key, [UInt8](repeating: 0, count: sizes[0]))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 1...20 {
                    let bytes = [UInt8](repeating: UInt8(round), count: sizes[round % 2])
                    _ = try await backend.put(key, bytes, mode: .overwrite, durable: false)
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<20 {
                        let bytes = try await backend.get(key, limit: sizes[1])
                        let isWhole =
                            !bytes.isEmpty && bytes.allSatisfy { $0 == bytes[0] }
                            && bytes.count == sizes[Int(bytes[0]) % 2]
                        try require(isWhole, "a reader saw \(bytes.count) bytes of two objects")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// What exists stays as it is.
    func ifAbsentKeeps() async throws {
        let key = try key("keep")
        try await create(key, [1, 2, 3])
        for bytes in [[], [1, 2, 3], [4]] as [[UInt8]] {
            let outcome = try await backend.put(key, bytes, mode: .ifAbsent)
            try require(outcome == .exists, "put(ifAbsent) of one that exists answers \(outcome)")
        }
        try await requireContent(key, [1, 2, 3])
    }

    /// A delete can be repeated, and the name used again.
    func deleteTwice() async throws {
        let key = try key("delete")
        try await backend.delete(key)
        try await create(key, [1])
        try await backend.delete(key)
        try await backend.delete(key)
        try require(try await backend.stat(key) == nil, "stat sees an object that was deleted")
        try await requireError(.notFound, "get of an object that was deleted") {
            _ = try await backend.get(key, limit: 10)
        }
        try await create(key, [2])
        try await requireContent(key, [2])
    }

    /// Limits are kept, to the byte.
    func limits() async throws {
        let key = try key("limits")
        try await create(key, [1, 2, 3, 4])
        try await requireError(.tooLarge, "4 bytes where 3 are allowed") {
            _ = try await backend.get(key, limit: 3)
        }
        try await requireError(.tooLarge, "4 bytes where none is allowed") {
            _ = try await backend.get(key, limit: 0)
        }
        try require(try await backend.get(key, limit: 4).count == 4, "4 bytes where 4 are allowed")
        let part = try await backend.get(key, range: 0..<4, limit: 0)
        try require(part.count == 4, "a ranged get ignores the limit")

        let maximum = backend.capabilities.maximumObjectByteCount
        guard maximum <= suite.bigByteCount else { return }
        let over = try self.key("over")
        let bytes = [UInt8](repeating: 1, count: maximum + 1)
        for mode in [PutMode.ifAbsent, .overwrite] {
            try await requireError(.tooLarge, "a put above maximumObjectByteCount") {
                _ = try await backend.put(over, bytes, mode: mode)
            }
        }
        try require(try await backend.stat(over) == nil, "a put that was refused left an object")
    }
}

// MARK: - Steps

extension ConformanceGround {
    /// Puts an object that must not exist yet.
    func create(_ key: ObjectKey, _ bytes: [UInt8]) async throws {
        let outcome = try await maker.put(key, bytes, mode: .ifAbsent)
        try require(outcome != .exists, "put(ifAbsent) of a fresh key \(key) answers exists")
    }

    /// Throws unless the object has this content, by stat and by get.
    func requireContent(_ key: ObjectKey, _ bytes: [UInt8]) async throws {
        let stat = try await backend.stat(key)
        try require(stat?.key == key, "stat of \(key) gives \(stat?.key.text ?? "nothing")")
        try require(
            stat?.byteCount == bytes.count,
            "stat of \(key) gives \(stat?.byteCount ?? -1) bytes, not \(bytes.count)")
        let found = try await backend.get(key, limit: bytes.count)
        try require(
            found == bytes, "get of \(key) gives other bytes (\(found.count)) than were put")
    }
}
