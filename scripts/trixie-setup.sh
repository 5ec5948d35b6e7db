#!/usr/bin/env bash
# Make Debian 13 with its QGIS and Python in a folder, or do nothing when it is ready.
# Prints the folder. Where it cannot be made here, says why and exits with 3.
set -euo pipefail
suite=trixie
packages=(
  qgis python3-qgis xvfb xauth git python3-venv python3-pytest python3-pytestqt
  python3-pytest-timeout
  # The engine's packages as Debian has them: what "use an existing Python" is for.
  python3-numpy python3-scipy python3-rasterio python3-affine python3-opencv python3-pyproj
  python3-pyogrio python3-shapely python3-jinja2 python3-rich python3-safetensors
)
place=${XDG_CACHE_HOME:-$HOME/.cache}/soma/$suite
ready=$place/.soma-ready

say() { printf '%s\n' "$*" >&2; }

cannot() { say "Debian 13's QGIS cannot be had here: $*"; exit 3; }

is_ready() { [ "$(cat "$ready" 2>/dev/null)" = "${packages[*]}" ]; }

# Last lines of a command's output when it fails, nothing when it works.
quietly() { "$@" >"$log" 2>&1 || { tail -n 5 "$log" >&2; return 1; }; }

# The mirror that this machine's apt has for Debian itself.
find_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F'|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" { print $4; exit }'
}

# What a program needs to know of the host to reach the network like the host does.
copy_network() {
  mkdir -p "$place/etc/apt/apt.conf.d"
  apt-config dump Acquire | grep -E '^Acquire::(http|https|ftp|Retries|Check-)' \
    >"$place/etc/apt/apt.conf.d/50host" || true
  cp -L /etc/resolv.conf /etc/hosts "$place/etc/"
}

# Runs in mount and process namespaces of its own, which end with the command, however
# it ends: no mount and no daemon stays behind.
inside() {
  unshare --mount --pid --fork --kill-child -- bash -euc '
    place=$1; shift
    mount -t proc proc "$place/proc"
    mount --rbind /dev "$place/dev"
    # Without this, installing a package may start a service.
    printf "#!/bin/sh\nexit 101\n" >"$place/usr/sbin/policy-rc.d"; chmod +x "$place/usr/sbin/policy-rc.d"
    exec chroot "$place" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 "$@"
  ' inside "$place" "$@"
}

[ "$(id -u)" = 0 ] || cannot "this needs root."
command -v apt-get >/dev/null || cannot "this needs apt."
unshare --mount --pid --fork true 2>/dev/null || cannot "folders cannot be mounted."
mkdir -p "$(dirname "$place")"
if is_ready; then echo "$place"; exit 0; fi
exec 9>"$place.lock"
flock --nonblock 9 || { say "Waiting for others that use $place ..."; flock 9; }
if is_ready; then echo "$place"; exit 0; fi

log=$(mktemp); trap 'rm -f "$log"' EXIT
command -v debootstrap >/dev/null || "$(dirname "$0")/apt-install.sh" debootstrap ||
  cannot "debootstrap could not be installed."
mirror=$(find_mirror)
[ -n "$mirror" ] || cannot "apt knows no Debian mirror."
/usr/lib/apt/apt-helper download-file "${mirror%/}/dists/$suite/InRelease" "$log" >/dev/null 2>&1 ||
  cannot "the network or the mirror was not reached."
if [ ! -x "$place/usr/bin/apt-get" ] || [ ! -e "$place/.soma-base" ]; then
  say "Making Debian 13 in $place ..."
  rm -rf --one-file-system "$place"
  eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
  [ -z "${http_proxy:-}" ] || export http_proxy
  quietly debootstrap --variant=minbase "$suite" "$place" "$mirror"
  touch "$place/.soma-base"
fi
say "Installing QGIS and the engine's packages there ..."
copy_network
quietly inside apt-get update -qq
quietly inside apt-get install -y -qq --no-install-recommends -o Acquire::Retries=3 "${packages[@]}"
inside apt-get clean
echo "${packages[*]}" >"$ready"
echo "$place"
