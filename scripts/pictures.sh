#!/usr/bin/env bash
# Retake the README's pictures: the example pair in a real QGIS, and before and after.
# Usage: scripts/pictures.sh
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
scripts/screenshots.sh "$work" plain
.venv/bin/soma register example/sar.tif example/optical.tif --out "$work/out" --quiet
.venv/bin/python scripts/pictures.py "$work" "$work/out"
