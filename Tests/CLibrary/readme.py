#!/usr/bin/env python3
"""Goal: the programs of the README run as they stand there, in at most ten lines each. Method: they are
taken out of it, built with the system's compiler, and run in an empty folder.
    Tests/CLibrary/readme.py LIBRARY_FOLDER"""
import os, pathlib, re, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[2]
library = pathlib.Path(sys.argv[1]).resolve()
section = (root / "README.md").read_text().split("\n## From C and Python\n")[1].split("\n## ")[0]


def program(language):
    blocks = re.findall(rf"```{language}\n(.*?)```", section, re.S)
    if len(blocks) != 1 or len(blocks[0].splitlines()) > 10:
        sys.exit(f"README: one program in {language} of at most ten lines is wanted")
    return blocks[0]


def run(*command, **environment):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True,
        env={**os.environ, **environment})
    if done.returncode:
        sys.exit(f"README: {command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    data = "city,people\nOslo,717710\nBergen,291940\n"
    pathlib.Path("boards").mkdir()
    pathlib.Path("sales.csv").write_text(data)
    pathlib.Path("sales.c").write_text(program("c"))
    run(os.environ.get("CC", "cc"), "-Wall", "-Wextra", "-Werror", "sales.c", "-o", "sales",
        f"-I{root}/Sources/CPins/include", f"-L{library}", "-lpins", f"-Wl,-rpath,{library}")
    run("./sales")
    if pathlib.Path("copy.csv").read_text() != data:
        sys.exit("README: the program in C read other bytes than it wrote")
    pathlib.Path("sales.py").write_text(program("python"))
    python = root / ".build/venv-pins/bin/python"
    if python.exists():
        installed = root / ".build/python-tests"
        path = installed if installed.is_dir() else root / "Bindings/python/src"
        out = run(python, "-B", "sales.py", PYTHONPATH=str(path),
                  PINS_LIBRARY=str(next(library.glob("libpins*0*"))), PINS_CACHE_DIR=folder + "/cache")
        if "b'city,people' Sales" not in out or "(2, 2)" not in out or "True" not in out:
            sys.exit(f"README: the script prints {out}")
    else:
        print("README: THE PYTHON SCRIPT IS NOT RUN: there is no .build/venv-pins", file=sys.stderr)
print("README: ok")
