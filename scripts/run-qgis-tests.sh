#!/usr/bin/env bash
# Run tests/qgis with QGIS's own Python, then the journeys; arguments go to pytest. With
# arguments only the tests they name, so that tests/journeys stands for the journeys.
# All tests together run in two lanes at a time, for much of a test is waiting; a lane
# that is ready takes the next file that the other one has not taken.
# A lane ends after five failures, for each may have waited for minutes.
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
work=$(mktemp -d)

end() {
  [ -z "$(jobs -p)" ] || kill $(jobs -p) 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap end EXIT

# A lane has temporary and runtime folders of its own; its name comes first, what goes
# to pytest follows.
lane() {
  local home=$work/$1
  export SOMA_LANE=$1; shift
  mkdir -m 700 "$home" "$home/run"
  export TMPDIR=$home XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$home/run}
  exec "$venv/bin/python" -m pytest -c tests/qgis/pytest.ini --rootdir=tests/qgis \
    -q -rs --maxfail=5 "$@"
}

code=0 named=
for word; do [ ! -e "${word%%::*}" ] || named=1; done
if [ -n "$named" ]; then
  (lane only "$@") || code=$?
else
  mkdir "$work/taken"
  export SOMA_TAKEN_BY_LANE=$work/taken
  (lane second tests/qgis "$@") >"$work/second.log" 2>&1 &
  first=0 second=0
  (lane first tests/qgis "$@") || first=$?
  wait $! || second=$?
  cat "$work/second.log"
  # Where threads of Qt and Python wait for each other, a test stands still; its lane
  # showed them all and ended. What it had taken runs again, once, with what was left.
  for name in first second; do
    [ -e "$work/taken/$name.stuck" ] || continue
    echo "A test stood still (see above); the files of that lane run once more." >&2
    grep -lx "$name" "$work"/taken/*.lane | xargs rm
    declare "$name=0"
    (lane "$name-again" tests/qgis "$@") || declare "$name=$?"
  done
  code=$((first > second ? first : second))
fi
[ "$code" = 0 ] || exit "$code"
[ $# != 0 ] || scripts/run-journeys.sh
