"""Plans: which image goes with which, and tables of all kinds that say the same."""

import csv
import json
import sqlite3

import numpy as np
import pyarrow.parquet
import pytest
import shapely
from archive_world import soma, write_plan
from soma.core.archive.pairing import ABOUT, Wish, pair_scenes
from soma.core.archive.plan import PAIR, read_plan
from soma.core.archive.plan_rows import RowReader
from soma.core.archive.scenes import Scene, scene_of, time_in
from soma.core.archive.table import read_rows
from soma.core.archive.table_writer import write_rows
from soma.core.base.errors import BadInput
from soma.core.base.job_options import add_register_options
from soma.core.base.option_text import Parser


def scene(path, left=0.0, day="2024-01-01", width=1.0, cloud=None, bottom=0.0):
    box = shapely.box(left, bottom, left + width, bottom + 1.0)
    return Scene(path, box, time_in(day), cloud)


def paired(rows):
    return [(row["sar"], row["optical"]) for row in rows]


def test_the_nearest_date_is_taken_then_the_clearest():
    sar = scene("s")
    opticals = [
        scene("far", day="2024-03-01"),
        scene("near but cloudy", day="2024-01-05", cloud=80.0),
        scene("near", day="2024-01-05", cloud=5.0),
        scene("undated", day=""),
    ]
    (row,) = pair_scenes([sar], opticals)
    assert row["optical"] == "near"
    assert row["days_apart"] == 4.0
    assert row["overlap_share"] == 1.0


def test_a_date_is_not_worth_most_of_the_ground():
    sar = scene("s")
    opticals = [scene("half", 0.5), scene("whole", 0.0, "2024-02-01")]
    assert paired(pair_scenes([sar], opticals)) == [("s", "whole")]


def test_a_wide_image_goes_with_all_that_cover_it_each_place_once():
    sar = scene("s", width=3.0)
    tiles = [scene(f"{x} {d}", x, d) for x in range(3) for d in ("2024-01-02", "2023")]
    rows = pair_scenes([sar], tiles)
    nearest = [f"{x} 2024-01-02" for x in range(3)]
    assert sorted(row["optical"] for row in rows) == nearest
    assert len({row["name"] for row in rows}) == 3


def test_borders_and_other_seasons_are_no_pairs():
    sar = scene("s")
    assert pair_scenes([sar], [scene("border", 0.95)]) == []
    late = [scene("late", day="2024-06-01"), scene("beside", 0.3, "2024-01-03")]
    assert paired(pair_scenes([sar], late, Wish(max_days=10))) == [("s", "beside")]


def test_the_date_line_parts_no_pair():
    sar = scene("s", 179.5)
    assert paired(pair_scenes([sar], [scene("o", -180.5)])) == [("s", "o")]


def test_images_of_the_same_name_make_pairs_of_different_names():
    sars = [scene("a/s.tif"), scene("b/s.tif", 5.0)]
    rows = pair_scenes(sars, [scene("o.tif"), scene("c/o.tif", 5.0)])
    assert len({row["name"] for row in rows}) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "S1A_IW_GRDH_1SDV_20200102T030405_20200102T030430_030616_0381E4_1A2B.tif",
            "2020-01-02T03:04:05+00:00",
        ),
        ("LC08_L1TP_193026_20130512_01.TIF", "2013-05-12T00:00:00+00:00"),
        ("2021-02-31.tif", None),
        ("tile_4012345678_9.tif", None),
    ],
)
def test_dates_are_read_from_names(text, found):
    time = time_in(text)
    assert (time.isoformat() if time else None) == found


def test_outline_time_and_cloud_come_from_the_file(make_raster):
    path = make_raster("s_20200304.tif", shape=(100, 200), gsd=100.0)
    import rasterio

    with rasterio.open(path, "r+") as file:
        file.update_tags(CLOUD_COVERAGE_ASSESSMENT="12.5")
    found = scene_of(path)
    # UTM 32N has its middle at 9 degrees east; a degree of longitude there at 45.15
    # degrees north is 78.6 km wide.
    left, bottom, right, top = found.outline.bounds
    assert left == pytest.approx(9.0, abs=1e-3)
    assert right - left == pytest.approx(20.0 / 78.6, rel=0.02)
    assert top - bottom == pytest.approx(10.0 / 111.1, rel=0.02)
    assert (found.cloud, found.time.isoformat()[:10]) == (12.5, "2020-03-04")


def test_tables_of_all_kinds_say_the_same(tmp_path):
    rows = pair_scenes([scene("ä s.tif", cloud=3.5)], [scene("o,1.tif")])
    read = []
    for end in ("csv", "gpkg", "parquet"):
        write_rows(tmp_path / f"plan.{end}", rows, [*PAIR, *ABOUT])
        read.append(read_rows(str(tmp_path / f"plan.{end}"), frozenset(PAIR)))
    for row in read:
        (cells,) = row
        cells.pop("fid", None)
        assert cells == read[0][0]
    assert read[0][0]["sar"] == "ä s.tif"


def test_geopackage_and_geoparquet_hold_the_ground(tmp_path):
    rows = pair_scenes([scene("s.tif")], [scene("o.tif", 0.5)])
    for end in ("gpkg", "parquet"):
        write_rows(tmp_path / f"plan.{end}", rows, [*PAIR, *ABOUT])
    with sqlite3.connect(tmp_path / "plan.gpkg") as base:
        extent = "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents"
        assert base.execute(extent).fetchone() == (0.5, 0.0, 1.0, 1.0)
    table = pyarrow.parquet.read_table(tmp_path / "plan.parquet")
    about = json.loads(table.schema.metadata[b"geo"])
    assert about["primary_column"] == "geometry"
    assert about["columns"]["geometry"]["encoding"] == "WKB"
    shape = shapely.from_wkb(table["geometry"][0].as_py())
    assert shape.bounds == (0.5, 0.0, 1.0, 1.0)


def reader(*words):
    parser = Parser()
    add_register_options(parser)
    parser.add_argument("--language", default="")
    return RowReader(parser.parse_args(list(words)))


def test_columns_are_options_and_go_before_those_of_the_command(make_raster, tmp_path):
    sar, optical = make_raster("s.tif"), make_raster("o.tif")
    mask = make_raster("m.tif")
    plan = write_plan(
        tmp_path / "plan.csv",
        [
            {
                "sar": sar,
                "optical": "o.tif",
                "max_shift": "300m",
                "sar-nodata": "-9999",
                "aoi": "1 2 3 4",
                "force": "yes",
                "sar_mask": "m.tif",
                "_note": "mine",
            },
            {"sar": sar, "optical": optical, "max_shift": "", "force": "no"},
        ],
    )
    read = reader("--max-shift", "20px", "--model", "gradient", "--transform", "affine")
    first, second = (p.job for p in read_plan(str(plan), read, read.options))
    assert (first.max_shift, first.max_shift_unit) == (300.0, "m")
    assert (first.sar_nodata, first.aoi) == (-9999.0, (1.0, 2.0, 3.0, 4.0))
    assert (first.force, first.sar_mask, first.optical) == (True, mask, optical)
    assert first.transform == second.transform == "affine"
    assert (second.max_shift, second.max_shift_unit) == (20.0, "px")
    assert not second.force


def test_a_row_s_options_without_effect_are_told(make_raster, tmp_path):
    row = {"sar": make_raster("s.tif"), "optical": make_raster("o.tif")}
    plan = write_plan(tmp_path / "plan.csv", [{**row, "aoi_crs": "EPSG:4326"}])
    read = reader()
    (pair,) = read_plan(str(plan), read, read.options)
    assert pair.broken["code"] == "option_without"
    # What holds for all rows has an effect on those with an area.
    plan = write_plan(tmp_path / "plan.csv", [{**row, "aoi": "1 2 3 4"}, row])
    read = reader("--aoi-crs", "EPSG:4326")
    first, second = (p.job for p in read_plan(str(plan), read, read.options))
    assert first.aoi_crs == second.aoi_crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--aoi-crs", "EPSG:4326"), "--aoi-crs has no effect without --aoi"),
        (("--device", "cuda"), "--device has no effect with --model gradient"),
    ],
)
def test_options_without_effect_on_any_row_are_told(make_raster, tmp_path, more, said):
    row = {"sar": make_raster("s.tif"), "optical": make_raster("o.tif")}
    plan = write_plan(tmp_path / "plan.csv", [row, row | {"name": "b"}])
    run = ("archive", "run", plan, "--out", tmp_path / "out", "--model", "gradient")
    done = soma(*run, "--dry-run", *more)
    assert done.returncode == 2 and said in done.stderr


def test_a_column_that_means_nothing_is_told(make_raster, tmp_path):
    row = {"sar": make_raster("s.tif"), "optical": make_raster("o.tif")}
    plan = write_plan(tmp_path / "plan.csv", [{**row, "max_shfit": "300m"}])
    read = reader()
    with pytest.raises(BadInput, match="max_shfit"):
        read_plan(str(plan), read, read.options)


def test_columns_of_the_same_name_are_refused(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text("sar,optical,SAR\na.tif,b.tif,c.tif\n")
    with pytest.raises(BadInput, match="columns of the same name: sar"):
        read_rows(str(path), frozenset(("sar", "optical")))


def test_the_key_changes_with_what_changes_the_answer(make_raster, tmp_path):
    sar, optical = make_raster("s.tif"), make_raster("o.tif")
    row = {"name": "a", "sar": sar, "optical": optical}
    plan = write_plan(tmp_path / "plan.csv", [row])

    def key(*words):
        read = reader("--model", "gradient", *words)
        return read_plan(str(plan), read, read.options)[0].key

    first = key()
    assert key() == key("--threads", "2") == first
    assert key("--transform", "affine") != first
    (tmp_path / "s.tif.msk").write_bytes(b"a mask beside")
    masked = key()
    assert masked != first
    make_raster("o.tif", data=np.ones((96, 128)))
    assert key() not in (first, masked)


def test_the_command_pairs_folders_and_keeps_what_was_edited(make_raster, tmp_path):
    for i in range(2):
        origin = (500_000.0 + 50_000.0 * i, 5_000_000.0)
        make_raster(f"sar/s{i}_20200101.tif", origin=origin)
        for day in ("20200110", "20200601"):
            make_raster(f"optical/o{i}_{day}.tif", origin=origin)
    make_raster("sar/bare.tif", crs=None)
    (tmp_path / "sar" / "notes.txt").write_text("no image")
    out = tmp_path / "plan.csv"
    words = ("archive", "plan", tmp_path / "sar", tmp_path / "optical", "-o", out)
    dry = soma(*words, "--dry-run", "--quiet")
    assert dry.returncode == 0 and not out.exists()
    done = soma(*words, "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pairs"] == 2
    assert "bare.tif" in done.stderr and done.stderr.count("\n") == 1
    with open(out) as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [
        "s0_20200101__o0_20200110",
        "s1_20200101__o1_20200110",
    ]
    again = soma(*words, "--quiet")
    assert again.returncode == 2 and "--overwrite" in again.stderr
