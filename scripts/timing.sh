#!/usr/bin/env bash
# Print what the plugin adds to QGIS's start, and how long QGIS's window was deaf
# while a pair was registered, clicked and compared, in a real QGIS under Xvfb.
# Where it may, it runs window and X server ahead of other programs, for otherwise a
# busy machine is measured.
# Usage: scripts/timing.sh [SIDE]     SIDE: of the simulated pair, 2048 px by default
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
.venv/bin/soma simulate --out "$work/pair" --size "${1:-2048}" --seed 7 --quiet
mkdir -p "$work/profiles/default/QGIS" "$work/profiles/default/python/plugins"
ln -s "$PWD" "$work/profiles/default/python/plugins/soma"
printf '[qgis]\ncheckVersion=false\n[news-feed]\nhttpsfeedqgisorg\\disabled=true\n' \
  > "$work/profiles/default/QGIS/QGIS3.ini"
ahead=(); ! chrt -r 1 true 2>/dev/null || ahead=(chrt -r 1)
env HOME="$work" SOMA_PAIR="$work/pair" SOMA_OUT="$work/out" SOMA_REPORT="$work/report" \
  timeout 600 "${ahead[@]}" xvfb-run -a -s '-screen 0 1280x800x24' \
  qgis --nologo --noversioncheck --profiles-path "$work" --code scripts/timing.py \
  > "$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 1; }
cat "$work/report" || { tail -20 "$work/log" >&2; exit 1; }
echo
