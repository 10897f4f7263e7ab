#!/bin/sh
# Makes the C library out of what SwiftPM compiles: libpins.so (or .dylib) and libpins.a that export
# what pins.h declares and nothing else, with Swift's runtime inside.
#   Scripts/libpins.sh CONFIGURATION FOLDER [--shared-only]
# SwiftPM has no place for a version script in a package that others depend on, so that the last
# step of linking is done here, with the list of objects that SwiftPM wrote for its own.
set -eu
cd "$(dirname "$0")/.."
configuration=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
swift=${SWIFT:-swift}
version=0.1.0
header=Sources/CPins/include/pins.h

$swift build -c "$configuration" --product PinsC
objects=$($swift build -c "$configuration" --show-bin-path)/PinsC.product/Objects.LinkFileList
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n '/^PINS_API/,/;/p' $header | tr '\n' ' ' | grep -o 'pins_[a-z_]*(' | tr -d '(' | sort -u >"$work/names"
# What autolinking forgets of a static FoundationEssentials.
runtime="-l_FoundationCollections -l_FoundationCShims"
compiler=$(dirname "$(command -v "$swift")")/swiftc
[ -x "$compiler" ] || compiler=swiftc

if [ "$(uname)" = Darwin ]; then
    # Swift's runtime is a part of the system there.
    sed 's/^/_/' "$work/names" >"$work/exports"
    $compiler -emit-library -o "$folder/libpins.0.dylib" @"$objects" \
        -Xlinker -install_name -Xlinker @rpath/libpins.0.dylib -Xlinker -dead_strip \
        -Xlinker -exported_symbols_list -Xlinker "$work/exports"
    ln -sf libpins.0.dylib "$folder/libpins.dylib"
    [ "${3:-}" != --shared-only ] || exit 0
    ld -r -exported_symbols_list "$work/exports" -filelist "$objects" -o "$work/pins.o"
else
    { echo "{ global:"; sed 's/$/;/' "$work/names"; echo "local: *; };"; } >"$work/map"
    # shellcheck disable=SC2086
    $compiler -use-ld=lld -emit-library -static-stdlib -o "$folder/libpins.so.$version" @"$objects" $runtime \
        -Xlinker -soname=libpins.so.0 -Xlinker --version-script="$work/map" \
        -Xlinker --gc-sections -Xlinker --strip-debug -Xlinker -z -Xlinker defs
    ln -sf libpins.so.$version "$folder/libpins.so.0"
    ln -sf libpins.so.0 "$folder/libpins.so"
    [ "${3:-}" != --shared-only ] || exit 0
    static=$(dirname "$(dirname "$(command -v "$compiler")")")/lib/swift_static/linux
    [ -d "$static" ] || static=$(dirname "$(dirname "$(readlink -f "$(command -v "$compiler")")")")/lib/swift_static/linux
    archives=
    for name in swiftCore swift_Concurrency swift_StringProcessing swift_RegexParser swiftSynchronization \
        swiftGlibc swiftDispatch dispatch BlocksRuntime FoundationEssentials _FoundationCollections \
        _FoundationCShims swiftSwiftOnoneSupport swift_Builtin_float; do
        [ ! -e "$static/lib$name.a" ] || archives="$archives $static/lib$name.a"
    done
    # shellcheck disable=SC2086
    ld -r -o "$work/all.o" @"$objects" "$static/$(uname -m)/swiftrt.o" --start-group $archives --end-group
    objcopy --strip-debug --keep-global-symbols="$work/names" "$work/all.o" "$work/pins.o"
fi
rm -f "$folder/libpins.a"
ar rcs "$folder/libpins.a" "$work/pins.o"
