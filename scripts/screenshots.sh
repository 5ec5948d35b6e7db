#!/usr/bin/env bash
# Take screenshots of every state of the plugin in a real QGIS under Xvfb.
# Usage: scripts/screenshots.sh [FOLDER] [VARIANT ...]
#   variants: plain (as it is), large (fonts at 200 %), dark, zh
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-docs/screenshots}; shift || true
variants=("$@"); [ ${#variants[@]} -gt 0 ] || variants=(plain large dark zh)
mkdir -p "$out"; out=$(cd "$out" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
# QGIS marks layers below /tmp as temporary, so the pair lies elsewhere.
pair=$PWD/example
[ -f "$pair/truth.json" ] || .venv/bin/soma simulate --out "$pair" --size 1024 --seed 7 --quiet

case " ${variants[*]} " in *" zh "*)
  if [ -z "$(fc-list :lang=zh-cn 2>/dev/null)" ]; then
    echo "Chinese needs a font (Debian: fonts-wqy-microhei)." >&2
    exit 2
  fi ;;
esac

for variant in "${variants[@]}"; do
  profile=$work/$variant
  mkdir -p "$profile/profiles/default/QGIS" "$profile/profiles/default/python/plugins"
  ln -s "$PWD" "$profile/profiles/default/python/plugins/soma"
  {
    printf '[PythonPlugins]\nsoma=true\n[qgis]\ncheckVersion=false\n'
    printf '[news-feed]\nhttpsfeedqgisorg\\disabled=true\n'
    [ "$variant" != dark ] || printf '[UI]\nUITheme=Night Mapping\n'
    [ "$variant" != zh ] || printf '[locale]\noverrideFlag=true\nuserLocale=zh-Hans\n'
  } > "$profile/profiles/default/QGIS/QGIS3.ini"
  env=(HOME="$profile" SOMA_SHOTS="$out/$variant" SOMA_PAIR="$pair" SOMA_OUT="$profile/out")
  [ "$variant" != large ] || env+=(QT_FONT_DPI=192)
  env "${env[@]}" timeout 600 xvfb-run -a -s '-screen 0 1280x800x24' \
    qgis --nologo --noversioncheck --profiles-path "$profile" --code scripts/screenshots.py \
    > "$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 1; }
  echo "Taken: $out/$variant-*.png" >&2
done
