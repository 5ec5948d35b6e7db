#!/usr/bin/env bash
# Run tests/qgis with the QGIS and Python of Debian 13; arguments go to pytest, and
# tests/journeys as the first one stands for the journeys.
# Where these cannot be had, says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
code=0
place=$(scripts/trixie-setup.sh) || code=$?
if [ "$code" = 3 ]; then
  echo "Skipped: the tests in Debian 13's QGIS (see above)." >&2
  exit 0
fi
[ "$code" = 0 ] || exit "$code"
# Nobody may change the folder while it is used.
exec 9>"$place.lock"
flock -s 9
# A private environment gets its packages from here: the folder has no network.
packages= pictures=
case "${1:-}" in tests/journeys*)
  # Pictures of the steps outlive the folder in memory.
  pictures=${SOMA_JOURNEY_PICTURES:-$(mktemp -d)}
  mkdir -p "$pictures"
  python=$(readlink "$place/usr/bin/python3")
  packages=$(scripts/engine-packages.sh "${python#python}") ||
    echo "The engine's packages could not be fetched; what needs them is skipped." >&2 ;;
esac
# The tests see a copy of this folder as it is now, in memory. Mounts and processes are
# in namespaces of their own and end with the command, however it ends.
unshare --mount --pid --fork --kill-child -- bash -euc '
  place=$1 packages=$2 pictures=$3; shift 3
  variables=()
  mount -t proc proc "$place/proc"
  mount --rbind /dev "$place/dev"
  mount -t tmpfs tmpfs "$place/tmp"
  mkdir -p "$place/tmp/soma" "$place/tmp/home"
  tar -c --exclude="./.git" --exclude="./.venv*" --exclude="./runs" --exclude="./out" . |
    tar -x --no-same-owner -C "$place/tmp/soma"
  if [ -n "$packages" ]; then
    mkdir "$place/tmp/packages"
    mount --bind "$packages" "$place/tmp/packages"
    variables+=(SOMA_ENGINE_PACKAGES=/tmp/packages)
  fi
  if [ -d ../shared/data ]; then
    mkdir "$place/tmp/shared"
    mount --bind ../shared "$place/tmp/shared"
    mount -o remount,bind,ro "$place/tmp/shared"
  fi
  if [ -n "$pictures" ]; then
    mkdir "$place/tmp/pictures"
    mount --bind "$pictures" "$place/tmp/pictures"
    variables+=(SOMA_JOURNEY_PICTURES=/tmp/pictures)
  fi
  chroot "$place" env -i HOME=/tmp/home PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    "${variables[@]}" /tmp/soma/scripts/trixie-inside.sh "$@"
' inside "$place" "$packages" "$pictures" "$@" &
trap 'kill -KILL $! 2>/dev/null || true' EXIT
wait $! || code=$?
if [ "$code" != 0 ]; then
  [ -z "$pictures" ] || echo "Those pictures lie in $pictures here." >&2
elif [ -n "$pictures" ] && [ -z "${SOMA_JOURNEY_PICTURES:-}" ]; then
  rm -rf "$pictures"
fi
exit "$code"
