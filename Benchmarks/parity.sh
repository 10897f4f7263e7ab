#!/bin/sh
# What parity costs a write: CPU seconds (user and system) of `pins write` onto boards with more and
# more of it, relative to a board without, and the bytes of the parity. All in one run, in turns.
#
#     Benchmarks/parity.sh PINS [MEGABYTES] [ROUNDS]
#
# PINS is a release build of the command. Needs python3 and three times MEGABYTES in TMPDIR.
set -eu
pins=${1:?the command}
megabytes=${2:-256}
rounds=${3:-5}
work=$(mktemp -d "${TMPDIR:-/dev/shm}/pins-parity-XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
python3 - "$pins" "$megabytes" "$rounds" "$work" <<'PYTHON'
import json, os, random, resource, shutil, statistics, subprocess, sys

pins, megabytes, rounds, work = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
percents = [None, 1, 5, 20, 100]
random.seed(1)
inputs = {}
inputs["random"] = os.path.join(work, "random")
with open(inputs["random"], "wb") as file:
    for _ in range(megabytes):
        file.write(random.randbytes(1_000_000))
inputs["csv"] = os.path.join(work, "csv")
with open(inputs["csv"], "wb") as file:
    line = 0
    while file.tell() < megabytes * 1_000_000:
        rows = (f"{line + i},{random.random():.6f},name-{random.randrange(5000)},"
                f"{random.randrange(1 << 30)}\n" for i in range(20_000))
        file.write("".join(rows).encode())
        line += 20_000


def cost(name, percent):
    board = os.path.join(work, "board")
    options = [] if percent is None else ["--parity", f"{percent}%"]
    subprocess.run([pins, "init", board, "--quiet"] + options, check=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([pins, "write", board, "pin", inputs[name], "--quiet"], check=True,
                   stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    folder = os.path.join(board, "parity")
    size = sum(os.path.getsize(os.path.join(folder, file)) for file in os.listdir(folder)) \
        if os.path.isdir(folder) else 0
    packs = sum(os.path.getsize(os.path.join(board, "packs", file))
                for file in os.listdir(os.path.join(board, "packs")))
    shutil.rmtree(board)
    seconds = sum(getattr(after, field) - getattr(before, field)
                  for field in ("ru_utime", "ru_stime"))
    return seconds, size / packs


print("| data | parity | CPU s, median | times without | parity bytes |")
print("|---|---|---|---|---|")
for name in inputs:
    found = {percent: [] for percent in percents}
    for _ in range(rounds):
        for percent in percents:
            found[percent].append(cost(name, percent))
    plain = statistics.median(seconds for seconds, _ in found[None])
    for percent, runs in found.items():
        median = statistics.median(seconds for seconds, _ in runs)
        print(f"| {name}, {megabytes} MB | {'none' if percent is None else f'{percent} %'} "
              f"| {median:.2f} | {median / plain:.2f} | {100 * runs[0][1]:.1f} % |")
PYTHON
