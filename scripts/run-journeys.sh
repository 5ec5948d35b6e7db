#!/usr/bin/env bash
# Run tests/journeys: the zip in a real QGIS on a display of its own, used as a person
# does. Arguments go to pytest; all journeys together run in two lanes at a time, for
# most of a journey is waiting. SOMA_JOURNEY_PICTURES names a folder in which pictures
# of all steps are kept; else they stay only when something fails.
# Where QGIS or Xvfb is missing and cannot be installed, says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! scripts/qgis-setup.sh; then
  echo "Skipped: the journeys need QGIS and Xvfb, which are not installed here and could not be (see above)." >&2
  exit 0
fi
.venv/bin/python -c 'import pytest, pytest_timeout' 2>/dev/null || scripts/setup.sh tests
work=$(mktemp -d)
pictures=${SOMA_JOURNEY_PICTURES:-$work/pictures}

end() {
  [ -z "$(jobs -p)" ] || kill $(jobs -p) 2>/dev/null || true
  wait
  rm -rf "$work"/base-* "$work"/*.log
  rmdir "$work" 2>/dev/null || true
}
trap end EXIT

# A lane has a folder of its own; its name comes first, what goes to pytest follows.
lane() {
  local name=$1; shift
  SOMA_JOURNEY_PICTURES=$pictures/$name exec .venv/bin/python -m pytest \
    -c tests/journeys/pytest.ini --rootdir=tests/journeys --basetemp="$work/base-$name" \
    -q -rs --durations=10 --tb=short "$@"
}

code=0
if [ $# = 0 ] || [ "$*" = tests/journeys ]; then
  # Every second file each; the long ones are spread over both.
  files=(tests/journeys/test_*.py)
  odd=() even=()
  for i in "${!files[@]}"; do
    if [ $((i % 2)) = 0 ]; then odd+=("${files[i]}"); else even+=("${files[i]}"); fi
  done
  (lane second "${even[@]}") >"$work/second.log" 2>&1 &
  (lane first "${odd[@]}") || code=$?
  wait $! || code=$?
  cat "$work/second.log"
else
  tests=(tests/journeys)
  for word; do [ ! -e "${word%%::*}" ] || tests=(); done
  (lane "" "${tests[@]}" "$@") || code=$?
fi
if [ "$code" = 0 ]; then rm -rf "$work/pictures"; else echo "Pictures of the steps: $pictures" >&2; fi
exit "$code"
