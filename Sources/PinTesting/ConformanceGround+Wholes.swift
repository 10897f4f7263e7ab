internal import PinStorage

// The laws about races, listings, large and local objects, and refusals.
extension ConformanceGround {
    /// Of many tasks that create one object, one wins, and its bytes stand.
    func raceHasOneWinner() async throws {
        let taskCount = 16
        for round in 0..<suite.raceCount {
            let key = try key("race-\(round)")
            let outcomes = try await withThrowingTaskGroup(of: (UInt8, PutOutcome).self) { group in
                for task in 0..<taskCount {
                    group.addTask {
                        let bytes = [UInt8](repeating: UInt8(task), count: 100 + task)
                        return (UInt8(task), try await backend.put(key, bytes, mode: .ifAbsent))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let winners = outcomes.filter { $0.1 == .created }.map(\.0)
            let unknown = outcomes.filter { $0.1 == .unknown }.map(\.0)
            try require(winners.count <= 1, "\(winners.count) tasks created one object")
            try require(winners.count == 1 || !unknown.isEmpty, "no task created the object")
            let found = try await backend.get(key, limit: 1_000)
            let author = found.first ?? .max
            try require(
                found == [UInt8](repeating: author, count: 100 + Int(author)),
                "the object of a race is a mixture")
            try require(
                winners.first == author || unknown.contains(author),
                "the object of a race is not the winner's")
        }
    }

    /// Keys come in the order of their bytes, after the one that was given, below the prefix.
    func listOrder() async throws {
        // Where the order of bytes is not that of components or of people.
        let names = [
            "a", "a-b", "a.b", "a0", "a_b", "aa", "b/a", "b/a-c/d", "b/a/c", "b/aa", "b-", "b.c/d",
            "z/0", "z/00", "z/1", "z/10", "z/2",
        ].sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        // A folder cannot hold an object and a folder of one name, and need not.
        let keys = try names.filter { $0 != "b/a" }.map { try key($0) }
        for key in keys { try await create(key, [UInt8](repeating: 0, count: key.text.utf8.count)) }
        guard backend.capabilities.strongList else { return }

        let all = try await listed(prefix, after: nil)
        try require(all == keys, "the list is \(all), not \(keys)")
        for key in keys {
            let rest = try await listed(prefix, after: key)
            try require(rest == keys.filter { $0 > key }, "after \(key) comes \(rest)")
        }
        for name in ["0", "a+", "b/", "b/a-c", "z/0a", "zz"] where ObjectKey.isValid(prefix + name)
        {
            let between = try ObjectKey(validating: prefix + name)
            let rest = try await listed(prefix, after: between)
            try require(rest == keys.filter { $0 > between }, "after absent \(name) comes \(rest)")
        }
        for part in [
            "a", "b", "b/", "b/a", "b/a-c/", "z/0", "z/", "none", "none/", "a/", "../", "B",
        ] {
            let found = try await listed(prefix + part, after: nil)
            let expected = keys.filter { $0.text.hasPrefix(prefix + part) }
            try require(found == expected, "prefix \(part) gives \(found), not \(expected)")
        }
    }

    /// A listing of many objects is complete, whatever its pages are.
    func listMany() async throws {
        var keys: [ObjectKey] = []
        for number in 0..<suite.manyCount {
            keys.append(try key("\(number % 3)/\(number * 7919 % 100_003)"))
        }
        for key in keys { _ = try await backend.put(key, [1], mode: .overwrite, durable: false) }
        guard backend.capabilities.strongList else { return }
        keys.sort()
        let all = try await listed(prefix, after: nil)
        try require(all == keys, "\(all.count) of \(keys.count) objects are listed, or in disorder")
        let middle = keys[keys.count / 2]
        let rest = try await listed(prefix, after: middle)
        try require(
            rest == Array(keys[(keys.count / 2 + 1)...]), "the second half is listed otherwise")
    }

    /// A large object is kept whole and read in parts.
    func bigObject() async throws {
        let count = min(suite.bigByteCount, backend.capabilities.maximumObjectByteCount)
        let key = try key("big")
        let bytes = random.bytes(count: count)
        try await create(key, bytes)
        try await requireContent(key, bytes)
        guard count > 1 else { return }
        for _ in 0..<20 {
            let start = random.below(count)
            let end = min(count, start + 1 + random.below(1 << 20))
            let part = try await backend.get(key, range: start..<end)
            try require(part == Array(bytes[start..<end]), "bytes \(start)..<\(end) are others")
        }
    }

    /// An object that was opened stays as it was.
    func localObjects() async throws {
        let key = try key("local")
        let bytes = random.bytes(count: 10_000)
        try await create(key, bytes)
        guard let object = try await backend.openLocal(key) else { return }
        try require(object.byteCount == bytes.count, "a local object has \(object.byteCount) bytes")
        for stage in ["at first", "after an overwrite", "after a delete"] {
            try require(try object.bytes(in: 0..<10_000) == bytes, "\(stage): other bytes")
            try require(
                try object.bytes(in: 17..<9_001) == Array(bytes[17..<9_001]), "\(stage): a range")
            try require(try object.bytes(in: 10_000..<10_000).isEmpty, "\(stage): the empty range")
            for range in [0..<10_001, 10_000..<10_001, Int.max - 1..<Int.max] {
                try await requireError(.rangeNotSatisfiable, "\(stage): \(range) of 10,000") {
                    _ = try object.bytes(in: range)
                }
            }
            if stage == "at first" {
                _ = try await backend.put(key, [1], mode: .overwrite)
            } else {
                try await backend.delete(key)
            }
        }
    }

    /// A backend that says that it cannot be listed does not give an empty list.
    func listIsRefused() async throws {
        try await requireError(.notSupported, "list without the capability") {
            _ = try await backend.list(prefix: prefix, after: nil)
        }
    }

    /// A backend that is for reading only says so.
    func readOnlyRefuses() async throws {
        let key = try key("write")
        for mode in [PutMode.ifAbsent, .overwrite] {
            try await requireError(.readOnly, "put to a read-only backend") {
                _ = try await backend.put(key, [1], mode: mode)
            }
        }
        try await requireError(.readOnly, "delete from a read-only backend") {
            try await backend.delete(key)
        }
        try require(try await backend.stat(key) == nil, "a put that was refused left an object")
    }

    /// All keys below a prefix after one; checks that the pages keep their contract.
    private func listed(_ prefix: String, after: ObjectKey?) async throws -> [ObjectKey] {
        var keys: [ObjectKey] = []
        var after = after
        while true {
            let page = try await backend.list(prefix: prefix, after: after)
            for object in page.objects {
                try require(after.map { object.key > $0 } ?? true, "\(object.key) is out of order")
                keys.append(object.key)
                after = object.key
            }
            if page.isLast { return keys }
            try require(!page.objects.isEmpty, "a page is empty and not the last")
        }
    }
}
