/// A small set of small numbers, kept sorted so that equal sets are equal values.
struct ByteSet: Hashable, Sequence, ExpressibleByArrayLiteral, CustomStringConvertible {
    private var elements: [UInt8]

    init(arrayLiteral elements: UInt8...) { self.elements = elements.sorted() }

    var isEmpty: Bool { elements.isEmpty }
    var description: String { "\(elements)" }

    func contains(_ element: UInt8) -> Bool { elements.contains(element) }
    func makeIterator() -> IndexingIterator<[UInt8]> { elements.makeIterator() }

    mutating func insert(_ element: UInt8) {
        guard !contains(element) else { return }
        elements.append(element)
        elements.sort()
    }

    mutating func remove(_ element: UInt8) { elements.removeAll { $0 == element } }

    mutating func formUnion(_ other: ByteSet) { for element in other { insert(element) } }
}
