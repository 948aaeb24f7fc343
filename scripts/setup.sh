# shellcheck shell=bash disable=SC2034
# Sourced by scripts/run and scripts/test: makes sure that what a build needs is on this machine.

# What the window is built with; what its tests and the keychain's run in, and the proxies and the SSH server that calls are
# tested through.
build_packages=(build-essential pkg-config git libwebkit2gtk-4.1-dev libayatana-appindicator3-dev librsvg2-dev libxdo-dev libssl-dev)
test_packages=(webkit2gtk-driver xvfb dbus gnome-keyring fonts-dejavu-core microsocks tinyproxy-bin openssh-server
    openssh-client busybox original-awk gawk)

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

require_rust() {
    [[ -c /dev/null ]] || fail "/dev/null is not a device; repair it with: rm -f /dev/null && mknod -m 666 /dev/null c 1 3"
    # shellcheck source=/dev/null
    [[ -n $(command -v cargo) || ! -f $HOME/.cargo/env ]] || . "$HOME/.cargo/env"
    [[ -n $(command -v cargo) ]] || fail "Rust is missing; install it from https://rustup.rs"
}

require_wasm_target() {
    [[ -d $(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown ]] || rustup target add wasm32-unknown-unknown
}

# Installs those of the named Debian packages that are missing.
require_packages() {
    [[ -n $(command -v apt-get) ]] || fail "this is not Debian or Ubuntu; install what these packages are called here: $*"

    local missing=() package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    local sudo=()
    if [[ $(id -u) != 0 ]]; then
        [[ -n $(command -v sudo) ]] || fail "there is no sudo; as root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    echo "Installing ${missing[*]}" >&2
    "${sudo[@]}" apt-get update -q >&2
    # RUNLEVEL=1 keeps packages from starting servers of their own.
    "${sudo[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
    # The tests start the SSH server themselves; nobody asked for one that lets people into this machine at its next start.
    if [[ " ${missing[*]} " == *" openssh-server "* && -d /run/systemd/system ]]; then
        "${sudo[@]}" systemctl disable --quiet ssh.service >&2
    fi
}
