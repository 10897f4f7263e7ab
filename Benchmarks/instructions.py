"""Counts instructions under callgrind; see instructions.sh.

What counts is what callgrind collects inside the function `measuredJob` (preparation and start-up do not), as self cost
of our program and of the Swift runtime libraries it calls. Instructions of libzstd, libcrypto and libc are not ours:
they are left out by the object they are in, so that another version of a library, or another variant that libc chooses
for the processor, does not move the count.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, ".build", "release", "pins-instructions")
RESULTS = os.path.join(HERE, "Results", "instructions.json")
TOLERANCE_PERCENT = 3


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def self_costs(path):
    """Instructions by object file: the cost lines of a profile, but for the one after each `calls=`, which is what a
    call cost with all that it called."""
    names, costs, current, is_call = {}, {}, "?", False
    with open(path, encoding="utf-8") as profile:
        for line in profile:
            found = re.match(r"(c?ob)=(\(\d+\))(?: (.*))?$", line)
            if found:
                if found[3]:
                    names[found[2]] = os.path.basename(found[3])
                if found[1] == "ob":
                    current = names[found[2]]
            elif line.startswith("calls="):
                is_call = True
            elif line[:1] in "0123456789+-*":
                fields = line.split()
                if not is_call and len(fields) > 1:
                    costs[current] = costs.get(current, 0) + int(fields[-1])
                is_call = False
    return costs


def measure(program, job, folder):
    profile = os.path.join(folder, "callgrind.out")
    run = subprocess.run(
        [
            "valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*measuredJob*",
            "--callgrind-out-file=" + profile, program, job,
        ],
        # The seed of Swift's hashing would move the counts, and its backtracer does not know valgrind.
        env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1", "SWIFT_BACKTRACE": "enable=no"},
        capture_output=True, text=True,
    )
    if run.returncode != 0:
        sys.exit(f"{job} failed under valgrind:\n{run.stderr}")
    costs = self_costs(profile)
    ours = sum(n for name, n in costs.items() if name == os.path.basename(program) or name.startswith("libswift"))
    if ours == 0:
        sys.exit(f"{job}: callgrind collected nothing; is measuredJob still a function of its own?")
    return ours, sum(costs.values()) - ours


def compare(job, count, known):
    """One line of the table, and whether the count is within the tolerance."""
    if known is None:
        return "no threshold", False
    percent = 100 * (count - known) / known
    if abs(percent) <= TOLERANCE_PERCENT:
        return f"{percent:+.2f} %", True
    return f"{percent:+.2f} % " + ("MORE" if percent > 0 else "fewer: --update keeps the gain"), False


def main(arguments):
    update = "--update" in arguments
    all_jobs = output(PROGRAM, "list").split()
    jobs = [a for a in arguments if a != "--update"] or all_jobs
    if unknown := set(jobs) - set(all_jobs):
        sys.exit(f"no such job: {', '.join(sorted(unknown))}; there are {', '.join(all_jobs)}")
    toolchain = output(os.environ.get("SWIFT", "swift"), "--version").splitlines()[0].strip()
    recorded = {"toolchain": toolchain, "instructions": {}}
    if os.path.exists(RESULTS):
        with open(RESULTS, encoding="utf-8") as file:
            recorded = json.load(file)
    known, counts, good = recorded["instructions"], {}, True
    print(f"{'job':18} {'ours':>14} {'of libraries':>14}  against the threshold")
    with tempfile.TemporaryDirectory() as folder:
        # valgrind 3.19 gives up on the debug information of Swift 6.
        program = os.path.join(folder, "pins-instructions")
        output("strip", "--strip-debug", "-o", program, PROGRAM)
        for job in jobs:
            count, libraries = measure(program, job, folder)
            counts[job] = count
            text, is_good = compare(job, count, known.get(job))
            good = good and is_good
            print(f"{job:18} {count:14,} {libraries:14,}  {text}", flush=True)
    if update:
        kept = {job: n for job, n in known.items() if job in all_jobs}
        recorded = {
            "toolchain": toolchain,
            "architecture": os.uname().machine,
            "valgrind": output("valgrind", "--version").strip(),
            "tolerance percent": TOLERANCE_PERCENT,
            "instructions": {job: {**kept, **counts}[job] for job in all_jobs if job in {**kept, **counts}},
        }
        with open(RESULTS, "w", encoding="utf-8") as file:
            file.write(json.dumps(recorded, indent=2) + "\n")
    elif not good:
        if recorded["toolchain"] != toolchain:
            print(f"The thresholds are of {recorded['toolchain']}, this is {toolchain}.")
        sys.exit("instructions: some counts are off; Benchmarks/instructions.sh --update accepts them")


main(sys.argv[1:])
