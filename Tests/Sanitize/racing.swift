// A race: the thread sanitizer must find it, or its silence elsewhere means nothing.
import Dispatch

final class Box: @unchecked Sendable {
    var number = 0
}

let box = Box()
DispatchQueue.concurrentPerform(iterations: 8) { _ in
    for _ in 0..<100_000 { box.number += 1 }
}
print(box.number)
