#!/bin/sh
# Makes .build/hf-xet in the folder of the benchmarks: a Python environment with hf-xet. Where that
# cannot be done the comparison goes without it, and says so.
cd "$(dirname "$0")/.." || exit 1
version=1.8.0
python=.build/hf-xet/bin/python
"$python" -c "
import importlib.metadata, sys
sys.exit(importlib.metadata.version('hf-xet') != '$version')" 2>/dev/null && exit 0
mkdir -p .build
if python3 -m venv .build/hf-xet &&
    "$python" -m pip install --quiet --disable-pip-version-check "hf-xet==$version"; then
    exit 0
fi
rm -rf .build/hf-xet
echo "hf-xet $version cannot be installed here (python3 -m venv, PyPI): it is left out" >&2
