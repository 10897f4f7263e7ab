/// A table of a FlatBuffer that anybody may have written: what does not lie inside is not there.
struct FlatTable {
    private let view: LittleEndian
    private let position: Int
    private let vtable: Int
    private let vtableByteCount: Int

    /// The root of a buffer.
    init?(_ bytes: ArraySlice<UInt8>) {
        let view = LittleEndian(bytes)
        guard let offset = view.unsigned(0, 4) else { return nil }
        self.init(view, Int(offset))
    }

    private init?(_ view: LittleEndian, _ position: Int) {
        guard let back = view.signed(position, 4) else { return nil }
        let vtable = position - Int(back)
        guard let count = view.unsigned(vtable, 2), count >= 4 else { return nil }
        (self.view, self.position) = (view, position)
        (self.vtable, vtableByteCount) = (vtable, Int(count))
    }

    /// Where a field is, if it is there.
    private func place(_ field: Int) -> Int? {
        let entry = 4 + 2 * field
        guard entry + 2 <= vtableByteCount, let offset = view.unsigned(vtable + entry, 2),
            offset != 0
        else { return nil }
        return position + Int(offset)
    }

    /// A number with a sign; `default` if the field is not there.
    func int(_ field: Int, _ byteCount: Int, default value: Int = 0) -> Int {
        place(field).flatMap { view.int($0, byteCount) } ?? value
    }

    private func target(_ place: Int) -> Int? {
        view.unsigned(place, 4).map { place + Int($0) }
    }

    func table(_ field: Int) -> FlatTable? {
        place(field).flatMap(target).flatMap { FlatTable(view, $0) }
    }

    func text(_ field: Int) -> String? {
        guard let start = place(field).flatMap(target), let count = view.unsigned(start, 4),
            let bytes = view.part(start + 4, Int(count))
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The tables of a list; `nil` if one is damaged, or there are more than `limit`.
    func tables(_ field: Int, limit: Int) -> [FlatTable]? {
        guard let start = place(field).flatMap(target) else { return [] }
        guard let count = view.unsigned(start, 4), count <= limit else { return nil }
        var tables: [FlatTable] = []
        for index in 0..<Int(count) {
            guard let place = target(start + 4 + 4 * index), let table = FlatTable(view, place)
            else { return nil }
            tables.append(table)
        }
        return tables
    }

    /// Pairs of numbers of a list of structures; `nil` if it is damaged, or there are more than
    /// `limit`.
    func pairs(_ field: Int, limit: Int) -> [(Int, Int)]? {
        guard let start = place(field).flatMap(target) else { return [] }
        guard let count = view.unsigned(start, 4), count <= limit else { return nil }
        var pairs: [(Int, Int)] = []
        for index in 0..<Int(count) {
            guard let first = view.int(start + 4 + 16 * index, 8),
                let second = view.int(start + 12 + 16 * index, 8)
            else { return nil }
            pairs.append((first, second))
        }
        return pairs
    }
}
