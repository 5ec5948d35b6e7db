"""What an archive leaves behind: items of a catalogue, tables, the index page."""

import json
import re
import sqlite3
import tracemalloc

import numpy as np
import pyarrow.parquet
import pystac
import pytest
import rasterio
import shapely
from archive_world import QUICK, make_pairs, record, rows_of, soma, write_plan
from pystac.extensions.projection import ProjectionExtension
from pystac.extensions.raster import DataType, RasterExtension
from rasterio.warp import transform_bounds
from soma.core.archive import overview
from soma.core.archive.folder import ArchiveFolder
from soma.core.archive.index_page import histogram, index_writer
from soma.core.archive.overview import Overview
from soma.core.archive.stac import item_of
from soma.core.archive.table import GEOMETRY

pytestmark = pytest.mark.usefixtures("forked")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Two pairs that are registered, one that is refused, one that is broken."""
    folder = tmp_path_factory.mktemp("archive")
    pairs = make_pairs(folder)
    flat = folder / "flat.tif"
    with rasterio.open(pairs[0][0]) as sar:
        profile, shape = sar.profile, (1, sar.height, sar.width)
    with rasterio.open(flat, "w", **profile) as file:
        file.write(np.full(shape, 500, profile["dtype"]))
    dated = folder / "S1A_20200102T030405_vv.tif"
    pairs[0][0].rename(dated)
    rows = rows_of([(dated, pairs[0][1]), pairs[1], (flat, pairs[0][1])])
    rows.append({"name": "</script>", "sar": "no.tif", "optical": "no.tif"})
    rows[0]["name"] = "päir & 0"
    plan = write_plan(folder / "plan.csv", rows)
    out = folder / "out"
    done = soma("archive", "run", plan, "--out", out, *QUICK)
    assert done.returncode == 2, done.stderr
    return out


def test_items_are_valid_and_say_where_and_how_well(archive):
    for name in ("päir & 0", "pair1", "pair2"):
        item = pystac.Item.from_file(archive / name / "item.json")
        # Only the core's schema is there without a network.
        item.stac_extensions = []
        assert item.validate()
    item = pystac.Item.from_file(archive / "päir & 0" / "item.json")
    with rasterio.open(archive / "päir & 0" / "registered.tif") as raster:
        projection = ProjectionExtension.ext(item)
        assert projection.code == raster.crs.to_string()
        assert projection.shape == [raster.height, raster.width]
        assert projection.transform == list(raster.transform)[:6]
        bounds = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
        bands = RasterExtension.ext(item.assets["registered"]).bands
        assert bands[0].data_type == raster.dtypes[0]
        assert bands[0].nodata == raster.nodata
    assert item.bbox == pytest.approx(bounds, abs=1e-4)
    assert item.datetime.isoformat() == "2020-01-02T03:04:05+00:00"
    assert item.properties["soma:verdict"] in ("good", "fair")
    about = record(archive, "päir & 0")
    error = about["quality"]["expected_error_px"]
    assert item.properties["soma:expected_error_px"] == error
    sources = [link.href for link in item.get_links("derived_from")]
    assert [href.rpartition("/")[2] for href in sources] == [
        "S1A_20200102T030405_vv.tif",
        "optical.tif",
    ]
    for asset in item.get_assets().values():
        assert (archive / "päir & 0" / asset.href).is_file()
    assert {"registered", "transform", "thumbnail"} <= set(item.assets)


def test_extensions_are_filled_in_as_they_ask_for(archive):
    """Kinds and lengths of fields are those of projection 2.0 and raster 1.1."""
    fields = {
        "proj:code": lambda v: v is None or re.fullmatch(r"[A-Z]+:\d+", v),
        "proj:shape": lambda v: len(v) == 2 and all(type(n) is int for n in v),
        "proj:transform": lambda v: len(v) == 6 and all(type(n) is float for n in v),
    }
    rasters = 0
    for name in ("päir & 0", "pair1", "pair2"):
        item = pystac.Item.from_file(archive / name / "item.json")
        assert ProjectionExtension.has_extension(item)
        assert RasterExtension.has_extension(item)
        owners = [item.properties, *(a.extra_fields for a in item.assets.values())]
        for key, value in [pair for owner in owners for pair in owner.items()]:
            assert not key.startswith("proj:") or fields[key](value), key
        for asset in item.assets.values():
            if not asset.href.endswith(".tif"):
                assert "raster:bands" not in asset.extra_fields
                continue
            rasters += 1
            with rasterio.open(archive / name / asset.href) as raster:
                about = ProjectionExtension.ext(asset)
                assert about.code == raster.crs.to_string()
                assert about.shape == list(raster.shape)
                assert about.transform == list(raster.transform)[:6]
                bands = RasterExtension.ext(asset).bands
                assert [band.nodata for band in bands] == list(raster.nodatavals)
                assert all(band.data_type in list(DataType) for band in bands)
    assert rasters == 6


def record_of(file, grid=None):
    """Return the record of a pair with one file."""
    record = {"grid": grid, "footprint": None, "files": {"registered": file}}
    record |= {"quality": {}, "seconds": {}, "sar": "s.tif", "optical": "o.tif"}
    record |= {"time": "", "made": "2020-01-02T03:04:05Z", "name": "a", "grade": "good"}
    same = ("status", "reason", "code", "model", "transform", "version")
    return record | dict.fromkeys(same, "")


def test_a_projection_without_a_code_is_told_as_wkt2(tmp_path, make_raster):
    own = "+proj=laea +lat_0=40 +lon_0=10 +x_0=100 +datum=WGS84"
    path = make_raster("r.tif", np.ones((4, 6)), crs=own)
    with rasterio.open(path) as raster:
        crs, place = raster.crs, list(raster.transform)[:6]
    grid = {"crs": crs.to_wkt(), "height": 4, "width": 6, "transform": place}
    item = pystac.Item.from_dict(item_of(record_of("r.tif", grid), tmp_path))
    about = ProjectionExtension.ext(item)
    assert about.wkt2.startswith("PROJCRS[") and about.code is None
    assert rasterio.CRS.from_wkt(about.wkt2) == crs
    assert "proj:wkt2" not in item.assets["registered"].extra_fields


def test_pixels_have_the_names_and_voids_of_the_raster_extension(tmp_path):
    record = record_of("r.tif")
    for kind, void, data_type, nodata in (
        ("complex64", None, DataType.CFLOAT32, None),
        ("float32", np.nan, DataType.FLOAT32, "nan"),
        ("float32", -np.inf, DataType.FLOAT32, "-inf"),
    ):
        profile = {"width": 4, "height": 4, "count": 1, "driver": "GTiff"}
        with rasterio.open(
            tmp_path / "r.tif", "w", dtype=kind, nodata=void, **profile
        ) as file:
            file.write(np.ones((1, 4, 4), kind))
        item = pystac.Item.from_dict(item_of(record, tmp_path))
        (band,) = RasterExtension.ext(item.assets["registered"]).bands
        assert (band.data_type, band.nodata) == (data_type, nodata)


def test_a_refused_pair_is_an_item_with_its_report_alone(archive):
    item = pystac.Item.from_file(archive / "pair2" / "item.json")
    assert list(item.assets) == ["report"]
    assert item.properties["soma:status"] == "refused"
    assert item.properties["soma:code"] == record(archive, "pair2")["code"]
    assert item.geometry["type"] == "Polygon"


def test_tables_hold_every_pair_with_its_ground(archive):
    table = pyarrow.parquet.read_table(archive / "pairs.parquet").to_pylist()
    assert [row["status"] for row in table] == ["ok", "ok", "refused", "broken"]
    for row in table[:3]:
        about = record(archive, row["name"])
        error = about["quality"].get("expected_error_px")
        assert row["error_px"] == error
        box = shapely.from_wkb(row["geometry"])
        assert box.equals(shapely.geometry.shape(about["footprint"]))
    assert "'</script>' is not the name of a file" in table[3]["reason"]
    with sqlite3.connect(archive / "pairs.gpkg") as base:
        words = "SELECT name, verdict, geom IS NULL FROM pairs ORDER BY row"
        found = base.execute(words).fetchall()
    assert [(n, bool(e)) for n, _, e in found] == [
        (row["name"], row["status"] == "broken") for row in table
    ]


def test_the_page_holds_all_pairs_and_nothing_breaks_out_of_it(archive):
    page = (archive / "index.html").read_text()
    assert page.count("</script>") == 1
    assert not re.search(r"(src|href)=\"https?:", page)
    pairs = json.loads(re.search(r"const pairs = (.*?\n\]);", page, re.DOTALL)[1])
    assert [p[0] for p in pairs] == ["päir & 0", "pair1", "pair2", "</script>"]
    assert [p[1] for p in pairs][2:] == ["refused", "broken"]
    assert pairs[0][8] == "p%C3%A4ir%20%26%200/report.html"
    assert pairs[3][10] == []
    for pair in pairs[:3]:
        # No corner of the ground is cut off.
        ground = shapely.geometry.shape(record(archive, pair[0])["footprint"])
        drawn = shapely.geometry.Polygon(pair[10])
        assert drawn.symmetric_difference(ground).area < 0.01 * ground.area


def test_histograms_count_every_value_once():
    found = histogram("", [0.1] * 50 + [0.5] * 49 + [90.0, float("nan")])
    counts = [n for _, n in found.bars]
    assert sum(counts) + found.beyond == found.n == 100
    assert found.beyond == 1
    assert counts[int(0.5 / found.step)] == 49
    assert histogram("", []) is None


def test_a_page_of_nothing_but_what_is_left_is_made(tmp_path):
    row = {"name": "a", "verdict": "left", GEOMETRY: None}
    with index_writer(tmp_path / "index.html", "t", "zh_CN") as take:
        take([row])
    assert "尚未处理" in (tmp_path / "index.html").read_text()


def test_the_overview_holds_no_more_of_more_pairs(archive, tmp_path, monkeypatch):
    about = record(archive, "päir & 0")
    monkeypatch.setattr(ArchiveFolder, "record", lambda *_: about)
    monkeypatch.setattr(overview, "_BATCH", 100)
    peaks = []
    for count in (200, 600):
        folder = ArchiveFolder(tmp_path / str(count))
        folder.make()
        rest = {"key": about["key"], "broken": {}, "sar": "s.tif", "optical": "o.tif"}
        rows = [{"row": i, "name": f"n{i}", **rest} for i in range(count)]
        folder.write_plan("p.csv", rows)
        Overview(folder).write()
        tracemalloc.start()
        Overview(folder).write()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        table = pyarrow.parquet.read_table(folder.path / "pairs.parquet")
        assert table.column("name").to_pylist() == [f"n{i}" for i in range(count)]
    # The plan itself is read at once, and is some 0.7 KB a pair.
    assert (peaks[1] - peaks[0]) / 400 < 1000


def check_place(folder, registered):
    """Return where an item says that it lies, which is where a raster does."""
    item = pystac.Item.from_file(folder / "item.json")
    projection = ProjectionExtension.ext(item)
    with rasterio.open(registered) as raster:
        assert projection.code == raster.crs.to_string()
        assert projection.shape == list(raster.shape)
        assert projection.transform == list(raster.transform)[:6]
        bounds = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
    assert item.bbox == pytest.approx(bounds, abs=1e-4)
    assert {a.href for a in item.assets.values()} == {
        f"./{p.name}" for p in folder.glob("[!.]*") if "item" not in p.name
    } - {"./pair.json"}
    return item.geometry


def test_only_what_is_wanted_is_written(archive, tmp_path):
    (pair,) = make_pairs(tmp_path, 1)
    plan = write_plan(tmp_path / "plan.csv", rows_of([pair]))
    out = tmp_path / "out"
    words = ("archive", "run", plan, "--out", out, *QUICK)
    done = soma(*words, "--only", "transform,registered")
    assert done.returncode == 0, done.stderr
    names = {p.name for p in (out / "pair0").glob("[!.]*")}
    assert names == {"registered.tif", "transform.json", "pair.json", "item.json"}
    whole = tmp_path / "whole"
    assert soma("register", *pair, "--out", whole, *QUICK).returncode == 0
    placed = check_place(out / "pair0", whole / "registered.tif")
    for name in ("registered.tif", "transform.json"):
        assert (whole / name).read_bytes() == (out / "pair0" / name).read_bytes()
    done = soma(*words, "--only", "report", "--json")
    assert json.loads(done.stdout)["ok"] == 1
    names = {p.name for p in (out / "pair0").glob("[!.]*")}
    assert names == {"report.html", "pair.json", "item.json"}
    # Where the registered image lies is told without it, too.
    assert check_place(out / "pair0", whole / "registered.tif") == placed
    assert soma(*words, "--only", "picture").returncode == 2


def test_a_pair_that_fails_now_is_seen_by_what_it_keeps(tmp_path):
    (pair,) = make_pairs(tmp_path, 1)
    plan = write_plan(tmp_path / "plan.csv", rows_of([pair]))
    out = tmp_path / "out"
    words = ("archive", "run", plan, "--out", out, *QUICK)
    assert soma(*words).returncode == 0
    (row,) = pyarrow.parquet.read_table(out / "pairs.parquet").to_pylist()
    ground = row["geometry"]

    def check_seen(verdict):
        (row,) = pyarrow.parquet.read_table(out / "pairs.parquet").to_pylist()
        assert (row["verdict"], row["folder"]) == (verdict, "pair0")
        assert row["geometry"] == ground
        assert row["reason"].endswith("What an earlier run found is kept.")
        page = (out / "index.html").read_text()
        (seen,) = json.loads(re.search(r"pairs = (.*?\n\]);", page, re.DOTALL)[1])
        assert seen[8:10] == ["pair0/report.html", "pair0/thumbnail.jpg"]
        assert len(seen[10]) >= 4

    assert soma(*words, "--sar-bands", "9").returncode == 2
    check_seen("failed")
    pair[0].unlink()
    assert soma(*words).returncode == 2
    check_seen("broken")
