#!/usr/bin/env bash
# Run tests/qgis with QGIS's own Python; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/qgis-setup.sh
venv=.venv-qgis
if ! "$venv/bin/python" -c 'import pytest, pytestqt, qgis' 2>/dev/null; then
  echo "Making $venv with QGIS's Python ..." >&2
  /usr/bin/python3 -m venv --clear --system-site-packages "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r requirements/qgis-tests.lock
fi
export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen} QT_API=pyqt5 PYTEST_QT_API=pyqt5
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
  XDG_RUNTIME_DIR=$(mktemp -d); export XDG_RUNTIME_DIR
fi
exec "$venv/bin/python" -m pytest -c tests/qgis/pytest.ini --rootdir=tests/qgis -q -rs "${@:-tests/qgis}"
