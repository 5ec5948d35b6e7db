"""What warping refuses, how it is stopped, and how much memory it takes."""

import subprocess
import sys

import numpy as np
import pytest
import rasterio
from fakes import CountingFeedback
from soma.core.base.about import VERSION
from soma.core.base.errors import BadInput, Cancelled
from soma.core.base.grid import Grid
from soma.core.base.types import RESULT_TAG
from soma.core.warp.warp import warp_raster
from warp_world import CRS32, PLACE, TILT, as_map, texture, write


@pytest.mark.parametrize("dtype", ["complex64", "complex_int16", "complex128"])
def test_complex_is_refused(tmp_path, dtype):
    source = tmp_path / "in.tif"
    rows = {"width": 20, "height": 20, "count": 1, "dtype": dtype, "crs": CRS32}
    with rasterio.open(source, "w", transform=PLACE, **rows) as file:
        file.write(np.ones((1, 20, 20), np.complex64))
    with pytest.raises(BadInput, match=r"in\.tif holds complex values.*amplitude"):
        warp_raster(source, Grid(CRS32, PLACE, 9, 9), as_map(TILT), tmp_path / "o.tif")
    assert not (tmp_path / "o.tif").exists()


def test_impossible_nodata_is_refused(tmp_path):
    source = write(tmp_path / "in.tif", np.ones((20, 20), np.uint8))
    with pytest.raises(BadInput, match="nodata -9999 is no value"):
        warp_raster(
            source,
            Grid(CRS32, PLACE, 9, 9),
            as_map(TILT),
            tmp_path / "o.tif",
            nodata=-9999,
        )


def test_the_input_is_never_overwritten(tmp_path):
    source = write(tmp_path / "in.tif", texture((20, 20), "uint8"))
    before = source.read_bytes()
    (tmp_path / "link.tif").symlink_to(source)
    for out in (source, tmp_path / "link.tif"):
        with pytest.raises(BadInput, match="would be overwritten"):
            warp_raster(source, Grid(CRS32, PLACE, 9, 9), as_map(TILT), out)
    assert source.read_bytes() == before


def test_tags_of_any_name_are_kept(tmp_path):
    source = write(tmp_path / "in.tif", texture((60, 60), "uint8"))
    items = "".join(f'<MDI key="{k}">{k}</MDI>' for k in ("ns", "bidx", RESULT_TAG))
    (tmp_path / "in.tif.aux.xml").write_text(
        f"<PAMDataset><Metadata>{items}</Metadata><PAMRasterBand band='1'>"
        "<Metadata><MDI key='ns'>x</MDI></Metadata></PAMRasterBand></PAMDataset>"
    )
    warp_raster(source, Grid(CRS32, PLACE, 60, 60), as_map(TILT), tmp_path / "o.tif")
    with rasterio.open(tmp_path / "o.tif") as out:
        assert {"ns": "ns", "bidx": "bidx", RESULT_TAG: VERSION}.items() <= (
            out.tags().items()
        )
        assert out.tags(1)["ns"] == "x"


class UntilTheCopy(CountingFeedback):
    """Counts what is asked before the pixels are copied: then a clock asks."""

    def setProgress(self, percent):
        if percent < 80:
            self.before = self.asked


def test_cancel_of_the_warp_leaves_nothing(tmp_path):
    source = write(tmp_path / "in.tif", texture((1300, 1300), "uint8"), nodata=0)
    (tmp_path / "out").mkdir()
    grid = Grid(CRS32, PLACE, 2100, 1300)
    args = source, grid, as_map(TILT), tmp_path / "out" / "o.tif"
    counter = UntilTheCopy()
    warp_raster(*args, feedback=counter)
    asked = counter.before
    kept = (tmp_path / "out" / "o.tif").read_bytes()
    assert asked > 50
    for question in [1, 2, *range(6, asked, asked // 12), asked]:
        with pytest.raises(Cancelled):
            warp_raster(*args, feedback=CountingFeedback(question))
        assert [p.name for p in (tmp_path / "out").iterdir()] == ["o.tif"]
    assert (tmp_path / "out" / "o.tif").read_bytes() == kept


BIG = """
import sys
import numpy as np, rasterio
from affine import Affine
from rasterio.windows import Window
from soma.core.base.grid import Grid
from soma.core.base.types import RESULT_TAG
from soma.core.warp.warp import warp_raster
folder, dtype = sys.argv[1], sys.argv[4]
size, bands = int(sys.argv[2]), int(sys.argv[3])
with rasterio.open(folder + "/in.tif", "w", driver="GTiff", width=size, height=size,
                   count=bands, dtype=dtype, interleave="pixel") as out:
    strip = np.ones((bands, 200, size), dtype)
    for row in range(0, size, 200):
        out.write(strip, window=Window(0, row, size, 200))
del strip
turn = Affine.rotation(30, (size / 2, size / 2))
warp_raster(folder + "/in.tif", Grid(None, Affine.identity(), size, size),
            lambda xy: np.stack(turn * xy.T, 1), folder + "/out.tif", threads=2)
# Not ru_maxrss: that of a process begins with its parent's.
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
@pytest.mark.parametrize(
    ("size", "bands", "dtype", "most_mb"),
    [(4000, 1, "uint16", 400), (1000, 30, "float32", 720)],
)
def test_memory_is_bounded(tmp_path, size, bands, dtype, most_mb):
    # Some 260 and 600 MB are used; positions of all pixels, or both rasters whole,
    # would take 240 MB more.
    done = subprocess.run(
        [sys.executable, "-c", BIG, str(tmp_path), str(size), str(bands), dtype],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < most_mb
