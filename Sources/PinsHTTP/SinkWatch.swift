internal import Synchronization

/// Notes whether a sink was given anything.
final class SinkWatch: Sendable {
    private let base: HTTPBodySink
    private let touched = Atomic(false)

    init(_ base: @escaping HTTPBodySink) { self.base = base }

    var isTouched: Bool { touched.load(ordering: .acquiring) }

    var sink: HTTPBodySink {
        { (head, piece) throws(HTTPError) in
            self.touched.store(true, ordering: .releasing)
            try self.base(head, piece)
        }
    }
}
