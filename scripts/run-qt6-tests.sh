#!/usr/bin/env bash
# Run under Qt 6 what needs no map, with a stand-in for QGIS; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv-qt6
lock=requirements/qt6-tests.lock
[ -x .venv/bin/soma ] || scripts/setup.sh
if ! cmp -s "$lock" "$venv/.ready"; then
  echo "Making $venv with PyQt6 ..." >&2
  .venv/bin/python -m venv --clear "$venv"
  "$venv/bin/pip" install -qq --disable-pip-version-check -r "$lock"
  cp "$lock" "$venv/.ready"
fi
# The system's libraries that PyQt6 does not bring along.
if ! problem=$("$venv/bin/python" -c 'import PyQt6.QtWidgets, PyQt6.QtNetwork' 2>&1) &&
  ! scripts/apt-install.sh libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libglib2.0-0; then
  echo "Skipped: the tests under Qt 6, as PyQt6 does not start here: ${problem##*$'\n'}" >&2
  exit 0
fi
export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen} QT_API=pyqt6 PYTEST_QT_API=pyqt6
tests=(tests/qt6 tests/qgis/test_engine.py tests/qgis/test_setup.py)
for word; do [ ! -e "${word%%::*}" ] || tests=(); done
"$venv/bin/python" -m pytest -c tests/qt6/pytest.ini --rootdir=. -q -rs "${tests[@]}" "$@"
