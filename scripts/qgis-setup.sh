#!/usr/bin/env bash
# Install what the QGIS tests need with apt, or say what is missing and fail.
set -euo pipefail
packages=()
/usr/bin/python3 -c 'import qgis.core' 2>/dev/null || packages+=(python3 qgis python3-qgis)
command -v qgis >/dev/null || packages+=(qgis)
command -v xvfb-run >/dev/null || packages+=(xvfb xauth)
/usr/bin/python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
[ ${#packages[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Missing: ${packages[*]} (names as in Debian); install them as root, then run this again." >&2
  exit 2
fi
echo "Installing ${packages[*]} with apt ..." >&2
log=$(mktemp); trap 'rm -f "$log"' EXIT
if ! { apt-get update -qq &&
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
} >"$log" 2>&1; then
  tail -n 3 "$log" >&2
  exit 2
fi
