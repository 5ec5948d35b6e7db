"""Files and metadata with anything changed in them: done, bad input or refused."""

import numpy as np
import pytest
import rasterio
from fuzz import ODD, OFTEN, check
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with a small raster in the forms that people have."""
    folder = tmp_path_factory.mktemp("fuzz")
    values = np.random.default_rng(0).integers(1, 255, (1, 64, 64)).astype(np.uint8)
    kind = {"width": 64, "height": 64, "count": 1, "dtype": "uint8"}
    at = {"crs": "EPSG:32632", "transform": rasterio.Affine(10, 0, 5e5, 0, -10, 5e6)}
    for name, more in (
        ("plain.tif", {}),
        ("packed.tif", {"compress": "deflate", "tiled": True}),
        ("image.png", {"driver": "PNG"}),
    ):
        placed = {} if name.endswith("png") else at
        with rasterio.open(folder / name, "w", **kind, **placed, **more) as file:
            file.write(values)
    return folder


@OFTEN
@given(data=st.data())
@pytest.mark.parametrize("name", ["plain.tif", "packed.tif", "image.png"])
def test_bytes(world, name, data):
    raw = bytearray((world / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        # Headers and directories lie at both ends.
        near = data.draw(st.booleans())
        most = min(400, len(raw) - 1) if near else len(raw) - 1
        at = data.draw(st.integers(0, most))
        at = at if data.draw(st.booleans()) else len(raw) - 1 - at
        raw[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del raw[data.draw(st.integers(1, len(raw) - 1)) :]
    path = world / f"odd_{name}"
    path.write_bytes(raw)
    check("info", path)
    check("checkerboard", path, world / "plain.tif", "--out", world / "c.tif")


KEYS = st.one_of(
    st.sampled_from(
        ["ns", "bidx", "self", "NODATA_VALUES", "AREA_OR_POINT", "LINE_OFF"]
    ),
    st.text(
        st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=9
    ),
)
RPC_KEYS = (
    *("LINE_OFF", "SAMP_OFF", "LAT_OFF", "LONG_OFF", "HEIGHT_OFF", "LINE_SCALE"),
    *("SAMP_SCALE", "LAT_SCALE", "LONG_SCALE", "HEIGHT_SCALE", "LINE_NUM_COEFF"),
    *("LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"),
)


@OFTEN
@given(data=st.data())
def test_metadata(world, data):
    def items(keys):
        return "".join(f'<MDI key="{key}">{data.draw(ODD)}</MDI>' for key in keys)

    domain = data.draw(st.sampled_from(["", "RPC", "GEOLOCATION", "IMAGERY", "ENVI"]))
    keys = RPC_KEYS if domain == "RPC" else data.draw(st.lists(KEYS, max_size=4))
    gcps = "".join(
        f'<GCP Id="{i}" Pixel="{data.draw(ODD)}" Line="{data.draw(ODD)}" '
        f'X="{data.draw(ODD)}" Y="{data.draw(ODD)}"/>'
        for i in range(data.draw(st.integers(0, 5)))
    )
    band = (
        f"<NoDataValue>{data.draw(ODD)}</NoDataValue><Offset>{data.draw(ODD)}</Offset>"
        f"<Scale>{data.draw(ODD)}</Scale><UnitType>{data.draw(ODD)}</UnitType>"
    )
    path = world / "meta.png"
    path.write_bytes((world / "image.png").read_bytes())
    (world / "meta.png.aux.xml").write_text(
        f"<PAMDataset><SRS>{data.draw(st.sampled_from(['EPSG:4326', 'EPSG:32632']))}"
        f"</SRS><GCPList Projection='EPSG:4326'>{gcps}</GCPList>"
        f'<Metadata domain="{domain}">{items(keys)}</Metadata>'
        f'<PAMRasterBand band="1">{band}</PAMRasterBand></PAMDataset>',
        encoding="utf-8",
    )
    check("info", path)
    check("checkerboard", path, world / "plain.tif", "--out", world / "c.tif")
    (world / "meta.png.aux.xml").unlink()


@OFTEN
@given(lines=st.lists(ODD, min_size=1, max_size=7))
def test_world_files(world, lines):
    path = world / "placed.png"
    path.write_bytes((world / "image.png").read_bytes())
    (world / "placed.pgw").write_text("\n".join(lines), encoding="utf-8")
    check("info", path)
    check("checkerboard", path, world / "image.png", "--out", world / "c.tif")
