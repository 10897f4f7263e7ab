// Runs one named job, the same instructions every time, for `instructions.sh` to count under
// callgrind. Preparation is not counted: callgrind collects inside `measuredJob` alone.

import BenchmarkSupport

/// The function that callgrind's `--toggle-collect` knows by name; nothing else has it in its own.
@inline(never) func measuredJob(_ body: () throws -> Int) throws -> Int { try body() }

let words = Array(CommandLine.arguments.dropFirst())
if words == ["list"] {
    for job in Job.allCases { print(job.rawValue) }
} else if words.count == 1, let job = Job(rawValue: words[0]) {
    guard job.canRun else { throw Failure("this processor lacks what \(job.rawValue) needs") }
    let body = try await job.prepared()
    let found = try measuredJob(body.run)
    guard found == body.expected else {
        throw Failure("\(job.rawValue) gives \(found), not \(body.expected)")
    }
} else {
    throw Failure("usage: pins-instructions list | JOB")
}
