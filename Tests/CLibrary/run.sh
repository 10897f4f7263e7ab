#!/bin/sh
# Builds the programs of this folder with the system's compiler against libpins and runs them.
#   Tests/CLibrary/run.sh LIBRARY_FOLDER [asan|valgrind|static]
# Without a mode: under the address sanitizer where the compiler has one, else plainly.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
library=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiler=${CC:-$(command -v cc || command -v clang)}
mode=${2:-}
if [ -z "$mode" ]; then
    echo 'int main(void) { return 0; }' >"$work/probe.c"
    mode=plain
    if $compiler -fsanitize=address,undefined "$work/probe.c" -o "$work/probe" 2>/dev/null && "$work/probe"; then
        mode=asan
    fi
fi
flags="-std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -I$here/include -I$here/../../Sources/CPins/include"
link="-L$library -lpins -lpthread -Wl,-rpath,$library"
PATH_TO_RUN=

fail() {
    echo "C library: $*" >&2
    exit 1
}

# build NAME [FLAG...]
build() {
    name=$1
    shift
    sources=$here/$name.c
    [ "$name" != test_backend ] || sources="$sources $here/memory_backend.c"
    # shellcheck disable=SC2086
    $compiler $flags "$@" $sources -o "$work/$name" $link 2>"$work/log" || {
        cat "$work/log" >&2
        fail "$name does not compile"
    }
}

run() {
    mkdir "$work/boards-$1"
    # shellcheck disable=SC2086
    $PATH_TO_RUN "$work/$1" "$work/boards-$1" || fail "$1 failed ($mode)"
    rm -rf "$work/boards-$1"
}

case $mode in
plain | asan)
    names=$(nm -D --defined-only "$library/libpins.so" | awk '{print $NF}')
    declared=$(sed -n '/^PINS_API/,/;/p' "$here/../../Sources/CPins/include/pins.h" | tr '\n' ' ' |
        grep -o 'pins_[a-z_]*(' | tr -d '(' | sort -u)
    [ "$(echo "$names" | sort -u)" = "$declared" ] ||
        fail "libpins.so exports other than what pins.h declares: $(echo "$names" | grep -v '^pins_' | head -3)"
    echo "exports: ok"
    ;;
static)
    link="$library/libpins.a -lcrypto -lzstd -lcurl -lexpat -lz -lyaml -lxxhash -lstdc++ -lm -lpthread -ldl"
    foreign=$(nm -g --defined-only "$library/libpins.a" | awk 'NF == 3 && $3 !~ /^pins_/ {print $3}' | head -3)
    [ -z "$foreign" ] || fail "libpins.a defines $foreign"
    ;;
valgrind) PATH_TO_RUN="valgrind -q --suppressions=$here/valgrind.supp --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite" ;;
*) fail "no mode '$mode'" ;;
esac
for name in test_board test_hostile test_backend; do
    if [ "$mode" = asan ]; then
        build $name -fsanitize=address,undefined -fno-sanitize-recover=all
    else
        build $name
    fi
    run $name
done
# C++ reads the header as well.
if [ "$mode" != static ] && command -v "${CXX:-c++}" >/dev/null; then
    echo '#include <pins.h>' >"$work/header.cc"
    "${CXX:-c++}" -Wall -Wextra -Werror -I"$here/../../Sources/CPins/include" -fsyntax-only "$work/header.cc"
fi
