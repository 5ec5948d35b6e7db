#!/usr/bin/env bash
# Install what the QGIS tests need with apt, or say what is missing and fail.
set -euo pipefail
packages=()
/usr/bin/python3 -c 'import qgis.core' 2>/dev/null || packages+=(python3 qgis python3-qgis)
command -v qgis >/dev/null || packages+=(qgis)
command -v xvfb-run >/dev/null || packages+=(xvfb xauth)
/usr/bin/python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
[ ${#packages[@]} = 0 ] || "$(dirname "$0")/apt-install.sh" "${packages[@]}"
