"""``soma match`` answers in pixels of the files, whatever places them."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio.control import GroundControlPoint
from soma.core import api
from soma.core.base.job import Job
from soma.core.products.tie_points import write_points
from soma.core.simulate.truth import Truth


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lying")
    misalign = "shift=5,-4;rotation=0.3;scale=1;warp=0"
    api.simulate(str(folder), size=256, seed=5, misalign=misalign)
    return folder


def lay_on_side(path, out):
    """Write a raster turned by a right angle, placed by control points alone."""
    with rasterio.open(path) as file:
        pixels, transform, crs = file.read(), file.transform, file.crs
        profile = {"dtype": file.dtypes[0], "count": file.count, "nodata": file.nodata}
        width = file.width
    turned = np.rot90(pixels, axes=(1, 2))
    rows, columns = turned.shape[1:]
    to_lonlat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    points = []
    for row in np.linspace(0, rows, 5):
        for column in np.linspace(0, columns, 5):
            place = to_lonlat.transform(*(transform * (width - row, column)))
            points.append(GroundControlPoint(row, column, *place))
    profile |= {"driver": "GTiff", "width": columns, "height": rows}
    with rasterio.open(out, "w", gcps=points, crs="EPSG:4326", **profile) as file:
        file.write(turned)
    return width


@pytest.mark.parametrize("side", ["sar", "optical"])
def test_pixels_are_those_of_the_files(example, tmp_path, side):
    files = {name: example / f"{name}.tif" for name in ("sar", "optical")}
    lying = tmp_path / "lying.tif"
    width = lay_on_side(files[side], lying)
    files[side] = lying
    job = Job(str(files["sar"]), str(files["optical"]), model="gradient")
    found = api.match(job)
    api.write_match(found, tmp_path / "a.json", dense=True)
    report = json.loads((tmp_path / "a.json").read_text())
    dense = np.load(tmp_path / "a.npy")
    with rasterio.open(files["sar"]) as file:
        assert dense.shape == (file.height, file.width, 2)

    truth = Truth.from_json(Path(example / "truth.json").read_text())

    def right(xy):
        """Return where pixels of the moving file truly lie in the reference."""
        if side == "sar":
            xy = np.stack([width - xy[:, 1], xy[:, 0]], axis=1)
        ref = truth.mov_to_ref(xy)
        if side == "optical":
            ref = np.stack([ref[:, 1], width - ref[:, 0]], axis=1)
        return ref

    index = np.random.default_rng(0).integers(30, 220, (100, 2))
    at, matrix = index + 0.5, np.array(report["mov_to_ref"])
    matches = report["matches"]
    pairs = {
        "dense": (dense[index[:, 1], index[:, 0]], right(at)),
        "mov_to_ref": (at @ matrix[:2, :2].T + matrix[:2, 2], right(at)),
        "matches": (np.array(matches["ref_xy"]), right(np.array(matches["mov_xy"]))),
    }
    for name, (got, true) in pairs.items():
        assert np.median(np.hypot(*(got - true).T)) < 1.5, name


def test_points_are_where_the_georeferencer_counts_in_the_file(example, tmp_path):
    # Of a file without geotransform it takes the source for (column, -row).
    lying = tmp_path / "lying.tif"
    width = lay_on_side(example / "sar.tif", lying)
    optical = example / "optical.tif"
    found = api.match(Job(str(lying), str(optical), model="gradient"))
    write_points(found.table, tmp_path / "a.points")
    rows = np.genfromtxt(
        tmp_path / "a.points", delimiter=",", comments="#", skip_header=2
    )
    rows = rows[rows[:, 4] == 1]
    column, row = rows[:, 2], -rows[:, 3]
    truth = Truth.from_json(Path(example / "truth.json").read_text())
    with rasterio.open(optical) as file:
        right = file.transform * truth.mov_to_ref(np.stack([width - row, column], 1)).T
    off = np.hypot(*(rows[:, :2].T - right)) / 10.0
    assert len(rows) > 30 and np.median(off) < 1.5
    # QGIS writes what is left in pixels of the file, too.
    assert rows[:, 7].max() < 10
