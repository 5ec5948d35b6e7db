#!/usr/bin/env bash
# Run tests/qgis with the QGIS and Python of Debian 13; arguments go to pytest.
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
# The tests see a copy of this folder as it is now, in memory. Mounts and processes are
# in namespaces of their own and end with the command, however it ends.
unshare --mount --pid --fork --kill-child -- bash -euc '
  place=$1; shift
  mount -t proc proc "$place/proc"
  mount --rbind /dev "$place/dev"
  mount -t tmpfs tmpfs "$place/tmp"
  mkdir -p "$place/tmp/soma" "$place/tmp/home"
  tar -c --exclude="./.git" --exclude="./.venv*" --exclude="./runs" --exclude="./out" . |
    tar -x --no-same-owner -C "$place/tmp/soma"
  chroot "$place" env -i HOME=/tmp/home PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    /tmp/soma/scripts/trixie-inside.sh "$@"
' inside "$place" "$@" &
trap 'kill -KILL $! 2>/dev/null || true' EXIT
wait $!
