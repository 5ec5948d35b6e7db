"""Journey 8: a real pair, whose radar image was put beside its place by a known amount.

The truth is the publisher's placement, good to about a pixel. What was found is read
from the files that QGIS and GDAL users get, with rasterio and numpy alone.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import Resampling, reproject
from working import add_rasters, open_dock, register

SCENES = Path(__file__).resolve().parents[3] / "shared" / "data" / "scenes"
PIXEL_M = 10.0
#: How far the radar image is moved east and north, in metres, and turned, in degrees.
EAST_M, NORTH_M, TURN_DEG = 180.0, -240.0, 1.2
#: Of this pair the placement itself is good to about a pixel.
GOOD_PX = 2.0


@pytest.fixture
def misplaced(tmp_path):
    """SAR beside its place, optical, and the move from where it is to where it belongs.

    Both are copies: nothing is written beside the originals.
    """
    if not SCENES.is_dir():
        pytest.skip(f"the real pairs are not at hand: {SCENES} is missing")
    copies = tmp_path / "copies"
    copies.mkdir()
    with rasterio.open(SCENES / "france_sar.tif") as file:
        profile, values, place = file.profile, file.read(), file.transform
        middle = file.xy(file.height / 2, file.width / 2)
    move = Affine.translation(EAST_M, NORTH_M) * Affine.rotation(TURN_DEG, middle)
    sar, optical = copies / "france_sar.tif", copies / "france_opt.tif"
    profile.update(transform=move * place)
    with rasterio.open(sar, "w", **profile) as file:
        file.write(values)
    optical.write_bytes((SCENES / "france_opt.tif").read_bytes())
    return sar, optical, ~move


def test_real_pair_is_put_back(stage, my_home, misplaced):
    sar, optical, back = misplaced
    with stage.qgis(my_home) as me:
        with me.step("adds the pair, which the dock chooses"):
            open_dock(me)
            add_rasters(me, sar, optical)
            me.wait_for(lambda: me.value("SAR layer") == sar.stem, "the SAR layer")
            me.wait_for(lambda: me.value("Optical layer") == optical.stem, "the other")
        with me.step("registers it"):
            register(me)
        with me.step("looks at it in cells of both"):
            me.click("Compare on the map")
            me.still_map()
    (folder,) = [path.parent for path in sar.parent.rglob("registered.tif")]
    with rasterio.open(sar) as file:
        ends = [
            file.transform * (share_x * file.width, share_y * file.height)
            for share_x in (0.1, 0.5, 0.9)
            for share_y in (0.1, 0.5, 0.9)
        ]
    found, true = placed(folder / "matches.points", ends), [back * end for end in ends]
    apart = np.hypot(*(found - np.array(true)).T) / PIXEL_M
    assert apart.max() < GOOD_PX, f"tie points are {apart.round(2)} px off"
    shift = offset(folder / "registered.tif", SCENES / "france_sar.tif")
    assert np.hypot(*shift) < GOOD_PX, f"the registered image is {shift} px off"


def placed(points, ends):
    """Return where the points of a Georeferencer's file put positions, (n, 2)."""
    lines = points.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    used = [row for row in rows if row["enable"] == "1"]
    assert len(used) > 50, f"only {len(used)} control points"
    source, target = (
        np.array([[float(row[f"{side}{axis}"]) for axis in "XY"] for row in used])
        for side in ("source", "map")
    )
    middle = source.mean(axis=0)
    rows = np.column_stack([source - middle, np.ones(len(used))])
    fit, *_ = np.linalg.lstsq(rows, target, rcond=None)
    return np.column_stack([np.array(ends) - middle, np.ones(len(ends))]) @ fit


def offset(registered, original):
    """Return how many pixels, (x, y), one image lies beside another."""
    with rasterio.open(registered) as file:
        ours, grid = file.read(1, masked=True), (file.transform, file.crs)
    theirs = np.full(ours.shape, np.nan, "float32")
    with rasterio.open(original) as file:
        reproject(
            file.read(1),
            theirs,
            src_transform=file.transform,
            src_crs=file.crs,
            dst_transform=grid[0],
            dst_crs=grid[1],
            dst_nodata=np.nan,
            resampling=Resampling.cubic,
        )
    both = ~np.ma.getmaskarray(ours) & np.isfinite(ours.filled(np.nan))
    both &= np.isfinite(theirs)
    assert both.mean() > 0.5, f"only {both.mean():.0%} of the image can be compared"
    one, two = (
        np.where(both, image - image[both].mean(), 0.0)
        for image in (ours.filled(0.0), np.nan_to_num(theirs))
    )
    peak = np.abs(np.fft.ifft2(np.fft.fft2(one) * np.conj(np.fft.fft2(two))))
    down, right = np.unravel_index(peak.argmax(), peak.shape)
    # Shifts to the left and upwards are at the far ends.
    height, width = peak.shape
    return (
        int(right - width if right > width // 2 else right),
        int(down - height if down > height // 2 else down),
    )
