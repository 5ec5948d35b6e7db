#!/usr/bin/env bash
# What scripts/run-trixie-tests.sh runs inside of Debian 13; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
# The engine is Debian's own Python: an existing one that a user might choose.
mkdir -p .venv/bin
ln -s /usr/bin/python3 .venv/bin/python
cat >.venv/bin/soma <<END
#!/usr/bin/python3
import sys
sys.path.insert(0, "${PWD%/*}")
from soma.core.commandline.main import main
sys.exit(main())
END
chmod +x .venv/bin/soma
python3 -m venv --system-site-packages --without-pip .venv-qgis
# git says what belongs to the zip.
git init -q .
git add -A
case "${1:-}" in tests/journeys*) exec scripts/run-journeys.sh "$@" ;; esac
# The gate does not depend on QGIS and needs packages from the network; ./run makes an
# engine of its own.
exec scripts/run-qgis-tests.sh "$@" --deselect test_run.py \
  --deselect test_zip.py::test_gate_finds_nothing \
  --deselect test_zip.py::test_gate_catches_what_does_not_belong
