#!/usr/bin/env python3
"""Goal: programs that were built against an older libpins run with this one. Method: what the header
declares (functions, callbacks, constants, and the place of every field, as the system's compiler lays them out) and
what the library exports is compared with abi.txt. More is allowed: functions, constants, fields
behind the last one of a structure that begins with its size, and a name for a reserved field, which
callers have set to zero. Nothing may go, move or change.
    Tests/CLibrary/abi.py LIBRARY_FOLDER [--update]    --update: after an addition, writes abi.txt again"""
import os, pathlib, re, subprocess, sys, tempfile

here = pathlib.Path(__file__).resolve().parent
include = here.parents[1] / "Sources/CPins/include"
baseline = here / "abi.txt"
text = re.sub(r"/\*.*?\*/", " ", (include / "pins.h").read_text(), flags=re.S)
text = re.sub(r"^\s*#.*$", "", text, flags=re.M)


def plain(words):
    return re.sub(r"\s+", " ", words).replace("( ", "(").strip()


def names_of_fields(body):
    for field in filter(str.strip, body.split(";")):
        function = re.search(r"\(\*(\w+)\)", field)
        yield function.group(1) if function else re.findall(r"\w+", field.split("[")[0])[-1]


found, layout = set(), []
for prototype in re.findall(r"^PINS_API(.*?);", text, re.M | re.S):
    found.add("function " + plain(prototype))
for callback in re.findall(r"^typedef ([^;{]*\(\*\w+\)[^;]*);", text, re.M):
    found.add("callback " + plain(callback))
for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\n\} \w+;", text, re.S):
    layout.append(f'printf("size {name} %zu\\n", sizeof({name}));')
    for field in names_of_fields(body):
        layout.append(
            f'printf("field {name}.{field} %zu %zu\\n", offsetof({name}, {field}), '
            f"sizeof((({name} *)0)->{field}));")
    # Types, too: a field of the same size may mean something else.
    for field in filter(str.strip, body.split(";")):
        found.add(f"type {name}: {plain(field)}")
for name in re.findall(r"\b(PINS_[A-Z_]+) = ", text):
    layout.append(f'printf("constant {name} %d\\n", (int){name});')
with tempfile.TemporaryDirectory() as work:
    source = pathlib.Path(work, "layout.c")
    source.write_text(
        "#include <pins.h>\n#include <stdio.h>\nint main(void) {\n" + "\n".join(layout)
        + "\nreturn 0; }\n")
    program = pathlib.Path(work, "layout")
    subprocess.run(
        [os.environ.get("CC", "cc"), f"-I{include}", source, "-o", program], check=True)
    found.update(subprocess.run([program], check=True, capture_output=True, text=True)
                 .stdout.splitlines())
library = pathlib.Path(sys.argv[1]) / "libpins.so"
if library.exists():
    exported = subprocess.run(
        ["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    symbols = {line.split()[-1].split("@")[0] for line in exported.stdout.splitlines()}
else:
    # Elsewhere the header is all there is to compare.
    symbols = {re.search(r"(\w+)\(", one).group(1) for one in found if one.startswith("function ")}
found.update(f"symbol {symbol}" for symbol in symbols)

if "--update" in sys.argv:
    baseline.write_text("\n".join(sorted(found)) + "\n")
old = set(baseline.read_text().splitlines())
sizes = {line.split()[1]: int(line.split()[2]) for line in found if line.startswith("size ")}
complaints = []
for line in sorted(old - found):
    kind, name, *rest = line.split()
    if kind == "field" and name.endswith(".reserved"):
        heirs = [one.split() for one in found if one.startswith(f"field {name.split('.')[0]}.")]
        if any(heir[2:] == rest for heir in heirs):
            continue
    if kind == "type" and rest[-1] == "reserved":
        # Its place and size are looked at above; its type is that of a field with another name.
        if any(one.rsplit(" ", 1)[0] == line.rsplit(" ", 1)[0] for one in found - old):
            continue
    if kind == "size" and sizes.get(name, 0) > int(rest[0]):
        # A longer structure is an older one with more behind it.
        early = [
            one for one in found - old if one.startswith(f"field {name}.")
            and int(one.split()[2]) < int(rest[0])]
        complaints += [f"{one}: stands where the older {name} has something else" for one in early]
        if f"field {name}.size 0 8" not in old:
            complaints.append(f"{name} has no size as its first field and may not grow")
    else:
        complaints.append(f"{line}: is gone or has changed")
if complaints:
    sys.exit("the ABI of libpins is broken:\n  " + "\n  ".join(complaints))
new = len(found - old)
print(f"abi: ok, {len(old)} facts" + (f"; {new} more than in abi.txt: run it with --update" if new else ""))
