#!/bin/sh
# Installs what a Swift toolchain does not bring: libzstd, libcrypto, libcurl, libexpat, libyaml, libxxhash,
# libcsv, pkg-config, the zstd command, nginx and the openssl command for the tests of HTTP, Python 3 with
# the module zstandard for the second decoder of the tests, and pins for Python in a virtual
# environment for the tests of plain boards.
# What is named as arguments, such as valgrind, is installed as well.
# It looks first, so that it is quick and needs no network when everything is there.
set -eu
cd "$(dirname "$0")/.."

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "setup: run this as root: $*" >&2
        exit 1
    fi
}

is_installed() {
    dpkg-query --show --showformat='${Status}\n' "$1" 2>/dev/null | grep -q 'ok installed$'
}

updated=no
apt_install() {
    if [ $updated = no ]; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
        updated=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "$@"
}

# The tests start their own nginx; the package must not start one as a service. Without it they are
# skipped, so its absence is no failure.
install_nginx() {
    policy=/usr/sbin/policy-rc.d
    if [ -e $policy ]; then
        apt_install nginx-light || true
    else
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod +x $policy
        apt_install nginx-light || true
        as_root rm -f $policy
        if command -v systemctl >/dev/null; then as_root systemctl disable nginx || true; fi
    fi
}

setup_apt() {
    missing=
    for package in libzstd-dev libssl-dev libcurl4-openssl-dev libexpat1-dev libyaml-dev libxxhash-dev \
        zlib1g-dev libcsv-dev zstd openssl \
        "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    # Without pkg-config SwiftPM warns and uses the default paths; pkgconf replaces it on newer systems.
    command -v pkg-config >/dev/null || missing="$missing pkg-config"
    # shellcheck disable=SC2086
    [ -z "$missing" ] || apt_install $missing
    is_installed nginx-light || install_nginx
    # Debian's module belongs to Debian's own Python; Scripts/python.sh finds it there.
    Scripts/python.sh >/dev/null 2>&1 || apt_install python3 python3-zstandard || true
}

setup_brew() {
    for formula in zstd openssl@3 curl expat nginx libyaml xxhash zlib libcsv pkgconf python3 "$@"; do
        brew list --versions "$formula" >/dev/null 2>&1 || brew install "$formula"
    done
}

setup_venv() {
    echo "setup: making .build/venv with the Python module zstandard"
    mkdir -p .build
    if ! python3 -m venv .build/venv; then
        rm -rf .build/venv
        if command -v apt-get >/dev/null; then
            apt_install python3-venv
            /usr/bin/python3 -m venv .build/venv
        else
            echo "setup: install Python 3 with venv, or the module zstandard" >&2
            exit 1
        fi
    fi
    .build/venv/bin/python -m pip install --quiet --disable-pip-version-check zstandard
}

# What plain boards are tested against. Its own tests, which it brings along, need the rest.
pins_packages="pins==0.9.2 pyarrow rdata pytest<9 pytest-cases pytest-dotenv"

setup_pins() {
    venv=.build/venv-pins
    [ "$(cat $venv/packages 2>/dev/null)" != "$pins_packages" ] || return 0
    echo "setup: making $venv with pins for Python"
    mkdir -p .build
    rm -rf $venv
    if ! python3 -m venv $venv && command -v apt-get >/dev/null; then
        rm -rf $venv
        apt_install python3-venv
        /usr/bin/python3 -m venv $venv || true
    fi
    # shellcheck disable=SC2086
    if $venv/bin/python -m pip install --quiet --disable-pip-version-check $pins_packages; then
        echo "$pins_packages" >$venv/packages
    else
        rm -rf $venv
        echo "setup: PINS FOR PYTHON CANNOT BE INSTALLED: the tests against it are skipped" >&2
    fi
}

if command -v apt-get >/dev/null; then
    setup_apt "$@"
elif command -v brew >/dev/null; then
    setup_brew "$@"
else
    echo "setup: neither apt-get nor brew here; needed: the development files of libzstd," \
        "libcurl, zlib, OpenSSL 3, libyaml, libxxhash and libcsv, pkg-config, the zstd command, Python 3" >&2
fi
Scripts/python.sh >/dev/null 2>&1 || setup_venv
setup_pins
