#!/usr/bin/env bash
# Install Debian packages with apt; waits while another apt works.
# Usage: scripts/apt-install.sh PACKAGE ...
set -euo pipefail
patience_s=1200
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Missing: $* (names as in Debian); install them as root, then run this again." >&2
  exit 2
fi
echo "Installing $* with apt ..." >&2
log=$(mktemp); trap 'rm -f "$log"' EXIT

# DPkg::Lock::Timeout does not hold for the lists of packages.
update() {
  until apt-get update -qq >"$log" 2>&1; do
    grep -q 'Could not get lock' "$log" && [ "$SECONDS" -lt "$patience_s" ] || return 1
    sleep 2
  done
}

if ! { update && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  -o DPkg::Lock::Timeout="$patience_s" -o Acquire::Retries=3 "$@" >"$log" 2>&1; }; then
  tail -n 3 "$log" >&2
  exit 2
fi
