// Correct, and heavily contended: the thread sanitizer must be silent.
import Dispatch
import Synchronization

final class Box: Sendable {
    let list = Mutex<[Int]>([])
}

let box = Box()
DispatchQueue.concurrentPerform(iterations: 8) { _ in
    for number in 0..<20_000 {
        box.list.withLock { list in
            list.append(number)
            if list.count > 100 { list = [] }
        }
    }
}
print(box.list.withLock { $0.count })
