#!/usr/bin/env bash
# Print how quick the plugin is in a real QGIS under Xvfb.
# Where it may, it runs window and X server ahead of other programs, for otherwise a
# busy machine is measured.
# Usage: scripts/timing.sh [SIDE]
#          What the plugin adds to QGIS's start, and how long QGIS's window was deaf
#          while a pair was registered, clicked and compared.
#        scripts/timing.sh clicks [SIDE | SAR OPTICAL]
#          From the mouse to the marker on the map: first and further clicks, with each
#          model, on the files and on the optical image drawn like an online map.
# SIDE: of the simulated pair, 2048 px by default.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
script=timing.py; [ "${1:-}" != clicks ] || { script=timing_clicks.py; shift; }
if [ $# = 2 ]; then
  sar=$(realpath "$1") optical=$(realpath "$2")
else
  .venv/bin/soma simulate --out "$work/pair" --size "${1:-2048}" --seed 7 --quiet
  sar=$work/pair/sar.tif optical=$work/pair/optical.tif
fi
mkdir -p "$work/out" "$work/profiles/default/QGIS" "$work/profiles/default/python/plugins"
ln -s "$PWD" "$work/profiles/default/python/plugins/soma"
printf '[qgis]\ncheckVersion=false\n[news-feed]\nhttpsfeedqgisorg\\disabled=true\n' \
  > "$work/profiles/default/QGIS/QGIS3.ini"
ahead=(); ! chrt -r 2 true 2>/dev/null || ahead=(chrt -r 2)
env HOME="$work" PYTHONPATH="$PWD/scripts" SOMA_SAR="$sar" SOMA_OPTICAL="$optical" \
  SOMA_OUT="$work/out" SOMA_REPORT="$work/report" \
  timeout 600 "${ahead[@]}" xvfb-run -a -s '-screen 0 1280x800x24' \
  qgis --nologo --noversioncheck --profiles-path "$work" --code "scripts/$script" \
  > "$work/log" 2>&1 || { cat "$work/report"; tail -20 "$work/log" >&2; exit 1; }
cat "$work/report" || { tail -20 "$work/log" >&2; exit 1; }
echo
