#!/usr/bin/env bash
# Run tests/journeys: the zip in a real QGIS on a display of its own, used as a person
# does. Arguments go to pytest. SOMA_JOURNEY_PICTURES names a folder in which pictures
# of all steps are kept; else they stay only when something fails.
# Where QGIS or Xvfb is missing and cannot be installed, says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! scripts/qgis-setup.sh; then
  echo "Skipped: the journeys need QGIS and Xvfb, which are not installed here and could not be (see above)." >&2
  exit 0
fi
.venv/bin/python -c 'import pytest' 2>/dev/null || scripts/setup.sh tests
work=$(mktemp -d); trap 'rm -rf "$work/base"; rmdir "$work" 2>/dev/null || true' EXIT
export SOMA_JOURNEY_PICTURES=${SOMA_JOURNEY_PICTURES:-$work/pictures}
tests=(tests/journeys)
for word; do [ ! -e "${word%%::*}" ] || tests=(); done
code=0
.venv/bin/python -m pytest -c tests/journeys/pytest.ini --rootdir=tests/journeys --basetemp="$work/base" \
  -q -rs --durations=10 --tb=short "${tests[@]}" "$@" || code=$?
if [ "$code" = 0 ]; then rm -rf "$work/pictures"; else echo "Pictures of the steps: $SOMA_JOURNEY_PICTURES" >&2; fi
exit "$code"
