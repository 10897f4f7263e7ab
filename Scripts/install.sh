#!/bin/sh
# Installs the command, the C library, its header and its pkg-config file.
#   Scripts/install.sh PREFIX       DESTDIR is put before it where files are written
# CONFIGURATION=debug takes what is compiled for the tests.
set -eu
cd "$(dirname "$0")/.."
prefix=$1
root=${DESTDIR:-}$prefix
configuration=${CONFIGURATION:-release}
library=.build/libpins-$configuration
swift=${SWIFT:-swift}

Scripts/libpins.sh "$configuration" "$library"
$swift build -c "$configuration" --product pins
binaries=$($swift build -c "$configuration" --show-bin-path)
mkdir -p "$root/bin" "$root/lib/pkgconfig" "$root/include"
command=$binaries/pins
if [ "$(uname)" != Darwin ]; then
    # With Swift's runtime inside, as the library has it: the toolchain may go, or be elsewhere.
    command=$library/pins
    compiler=$(dirname "$(command -v "$swift")")/swiftc
    [ -x "$compiler" ] || compiler=swiftc
    $compiler -use-ld=lld -static-stdlib -o "$command" @"$binaries/pins.product/Objects.LinkFileList" \
        -l_FoundationCollections -l_FoundationCShims -Xlinker --defsym=main=PinsCommand_main \
        -Xlinker --gc-sections -Xlinker --strip-debug
fi
install -m 755 "$command" "$root/bin/pins"
install -m 644 Sources/CPins/include/pins.h "$root/include/pins.h"
install -m 644 "$library/libpins.a" "$root/lib/libpins.a"
for file in "$library"/libpins*.so* "$library"/libpins*.dylib; do
    [ -e "$file" ] || continue
    # Links stay links.
    rm -f "$root/lib/$(basename "$file")"
    cp -P "$file" "$root/lib/"
done
private="-lcrypto -lzstd -lcurl -lexpat -lz -lyaml -lxxhash -lstdc++ -lm -lpthread -ldl"
sed -e "s|@PREFIX@|$prefix|" -e "s|@VERSION@|0.1.0|" -e "s|@PRIVATE@|$private|" \
    Bindings/c/pins.pc.in >"$root/lib/pkgconfig/pins.pc"
echo "installed in $root: bin/pins, include/pins.h, lib/libpins.*, lib/pkgconfig/pins.pc"
