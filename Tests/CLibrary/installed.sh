#!/bin/sh
# 'make install' gives what a program in C needs: it is built with pkg-config alone, against the shared
# library and against the archive, and runs.
#   CONFIGURATION=debug Tests/CLibrary/installed.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
compiler=${CC:-$(command -v cc || command -v clang)}
trap 'rm -rf "$work"' EXIT
"$here/../../Scripts/install.sh" "$work/usr" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}
export PKG_CONFIG_PATH="$work/usr/lib/pkgconfig"
[ "$(pkg-config --modversion pins)" = "$("$work/usr/bin/pins" --version)" ]
# Neither needs a Swift that is installed.
if ldd "$work/usr/bin/pins" "$work/usr/lib/libpins.so" 2>/dev/null | grep -i swift; then
    echo "what is installed needs Swift's own libraries" >&2
    exit 1
fi
flags="-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror"
# shellcheck disable=SC2046,SC2086
$compiler $flags "$here/test_board.c" -o "$work/shared" $(pkg-config --cflags --libs pins)
mkdir "$work/one" "$work/two"
LD_LIBRARY_PATH="$work/usr/lib" "$work/shared" "$work/one"
# The README's program, by the README's line.
(
    cd "$work"
    sed -n '/^```c$/,/^```$/{/^```/!p;}' "$here/../../README.md" >sales.c
    # shellcheck disable=SC2046
    $compiler sales.c $(pkg-config --cflags --libs pins) -o sales
    printf 'city,people\nOslo,717710\n' >sales.csv
    mkdir boards
    LD_LIBRARY_PATH="$work/usr/lib" ./sales
    cmp sales.csv copy.csv
)
# Without the shared library 'pkg-config --static' names the archive and what it needs.
rm -f "$work"/usr/lib/libpins.so* "$work"/usr/lib/libpins*.dylib
# shellcheck disable=SC2046,SC2086
$compiler $flags "$here/test_board.c" -o "$work/static" $(pkg-config --static --cflags --libs pins) 2>"$work/log" || {
    cat "$work/log" >&2
    exit 1
}
"$work/static" "$work/two"
echo "installed: ok"
