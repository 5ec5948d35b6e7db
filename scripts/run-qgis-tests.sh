#!/usr/bin/env bash
# Run tests/qgis with QGIS's own Python, then the journeys; arguments go to pytest. With
# arguments only the tests they name, so that tests/journeys stands for the journeys.
# Ends after five failures, for each may have waited for minutes.
# Where QGIS is missing and cannot be installed, says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in tests/journeys*) exec scripts/run-journeys.sh "$@" ;; esac
if ! scripts/qgis-setup.sh; then
  echo "Skipped: the QGIS tests need QGIS, which is not installed here and could not be (see above)." >&2
  exit 0
fi
venv=.venv-qgis
if ! "$venv/bin/python" -c 'import pytest, pytestqt, qgis.core' 2>/dev/null; then
  echo "Making $venv with QGIS's Python ..." >&2
  /usr/bin/python3 -m venv --clear --system-site-packages "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r requirements/qgis-tests.lock
fi
[ -x .venv/bin/soma ] || scripts/setup.sh
export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen} QT_API=pyqt5 PYTEST_QT_API=pyqt5
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
  XDG_RUNTIME_DIR=$(mktemp -d); export XDG_RUNTIME_DIR
  trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
fi
tests=(tests/qgis)
for word; do [ ! -e "${word%%::*}" ] || tests=(); done
"$venv/bin/python" -m pytest -c tests/qgis/pytest.ini --rootdir=tests/qgis -q -rs --maxfail=5 "${tests[@]}" "$@"
[ $# != 0 ] || scripts/run-journeys.sh
