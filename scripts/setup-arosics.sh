#!/usr/bin/env bash
# Put AROSICS, a peer in the benchmark, into an environment of its own (.venv-arosics).
# It needs GDAL's Python bindings, which the package index has as source only;
# Debian's python3-gdal stands in for them, hence the system's Python. Its version is
# below the one that two dependencies ask for, so these are installed without checks.
set -euo pipefail
cd "$(dirname "$0")/.."

if .venv-arosics/bin/python -c "import arosics" 2>/dev/null; then
    echo "AROSICS is ready in .venv-arosics"
    exit 0
fi
if ! /usr/bin/python3 -c "import osgeo, ensurepip" 2>/dev/null; then
    if ! command -v apt-get >/dev/null; then
        echo "AROSICS needs GDAL's Python bindings for /usr/bin/python3; install them." >&2
        exit 1
    fi
    echo "Installing python3-gdal"
    apt-get update -q
    apt-get install -q -y --no-install-recommends python3-gdal python3-venv
fi
echo "Installing AROSICS into .venv-arosics"
rm -rf .venv-arosics
/usr/bin/python3 -m venv --system-site-packages .venv-arosics
# Debian's bindings are built for numpy 1.
.venv-arosics/bin/pip install -q "numpy<2" cartopy cmocean dill folium geojson \
    geopandas joblib matplotlib pandas plotly pyfftw pyproj scikit-image \
    scipy shapely spectral
.venv-arosics/bin/pip install -q --no-deps \
    arosics==1.13.2 geoarray==0.19.2 py_tools_ds==0.24.1
.venv-arosics/bin/python -c "import arosics; print('AROSICS', arosics.__version__)"
