"""Settings of other installations of PROJ and GDAL change nothing."""

import json
import os
import subprocess
import sys

import pytest
from soma.core.base.foreign import is_foreign, scrub

HOSTILE = {
    "no such folder": {"PROJ_DATA": "/no/such", "GDAL_DATA": "/no/such"},
    "old name": {"PROJ_LIB": "/no/such"},
    "empty database": {"PROJ_LIB": "{empty}", "PROJ_DATA": "{empty}"},
    "half a pixel": {"GTIFF_POINT_GEO_IGNORE": "TRUE"},
    "swapped axes": {"OSR_DEFAULT_AXIS_MAPPING_STRATEGY": "AUTHORITY_COMPLIANT"},
    "no sidecars": {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"},
    "no driver": {"GDAL_SKIP": "GTiff", "GDAL_DRIVER_PATH": "/no/such"},
}


def info(path, extra):
    environment = {k: v for k, v in os.environ.items() if not is_foreign(k)} | extra
    command = [
        sys.executable,
        "-m",
        "soma.core.commandline.main",
        "info",
        path,
        "--json",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_command_line_reads_a_file_as_ever(make_raster, tmp_path, name):
    path = make_raster()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "proj.db").write_bytes(b"")
    extra = {k: v.format(empty=tmp_path / "empty") for k, v in HOSTILE[name].items()}
    assert info(path, extra) == info(path, {})


def test_what_reaches_the_network_stays():
    kept = {"GDAL_HTTP_PROXY": "a", "HTTPS_PROXY": "b", "AWS_REGION": "c", "PATH": "d"}
    found = dict(kept, PROJ_NETWORK="ON", GDAL_DATA="x", PROJ_LIB="y", OSR_X="z")
    scrub(found)
    assert found == kept
