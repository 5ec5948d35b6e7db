"""Archives of images in an object store and of STAC catalogues; a server plays S3."""

import json
import os
from datetime import datetime

import boto3
import pystac
import pytest
import rasterio
import shapely
from archive_world import QUICK, make_pairs, record, rows_of, soma, write_plan
from moto.server import ThreadedMotoServer
from soma.core.archive import remote, stac_scenes
from soma.core.archive.remote import as_gdal, as_url
from soma.core.archive.scenes import scene_of
from soma.core.base.errors import BadInput
from soma.core.simulate.stack import Dates, simulate_stack

BUCKET = "archive"


@pytest.fixture(scope="module")
def store():
    """A client of an S3 server of this machine, which the environment names."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    names = {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        # The same for GDAL.
        "AWS_S3_ENDPOINT": f"{host}:{port}",
        "AWS_HTTPS": "NO",
        "AWS_VIRTUAL_HOSTING": "FALSE",
        "NO_PROXY": host,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in names.items():
            patch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client
    server.stop()


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return make_pairs(tmp_path_factory.mktemp("pairs"))


def put(store, path, key):
    store.upload_file(str(path), BUCKET, key)


def listed(store, prefix):
    found = store.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
    return sorted(entry["Key"].removeprefix(prefix) for entry in found)


def item(path, href, key="vv", name="s0", cloud=None):
    """Return a STAC item of a raster whose pixels are at another place."""
    shape = scene_of(str(path)).outline
    found = pystac.Item(
        name,
        shapely.geometry.mapping(shape),
        list(shape.bounds),
        datetime(2024, 1, 2),
        {} if cloud is None else {"eo:cloud_cover": cloud},
    )
    found.add_asset("thumbnail", pystac.Asset("./t.jpg", roles=["thumbnail"]))
    found.add_asset(key, pystac.Asset(href, roles=["data"]))
    return found


@pytest.mark.parametrize(
    ("url", "gdal"),
    [
        ("s3://b/a.tif", "/vsis3/b/a.tif"),
        ("gs://b/a.tif", "/vsigs/b/a.tif"),
        ("https://h/a.tif", "/vsicurl/https://h/a.tif"),
    ],
)
def test_files_elsewhere_have_two_names(url, gdal):
    assert (as_gdal(url), as_url(gdal)) == (gdal, url)


def test_a_store_is_read_and_written(store, pairs, tmp_path):
    for i, (sar, optical) in enumerate(pairs):
        put(store, sar, f"sar/s{i}.tif")
        put(store, optical, f"optical/o{i}_20240103.tif")
    items = [
        item(sar, f"s3://{BUCKET}/sar/s{i}.tif", name=f"s{i}")
        for i, (sar, _) in enumerate(pairs)
    ]
    text = json.dumps(pystac.ItemCollection(items).to_dict())
    store.put_object(Bucket=BUCKET, Key="items.json", Body=text.encode())
    plan = tmp_path / "plan.csv"
    places = (f"s3://{BUCKET}/items.json", f"s3://{BUCKET}/optical")
    made = soma("archive", "plan", *places, "-o", plan, "--json", "--quiet")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["pairs"] == 2
    out = tmp_path / "archive"
    words = ("archive", "run", plan, "--out", out, *QUICK, "--json")
    words += ("--store", f"s3://{BUCKET}/out")
    done = soma(*words)
    assert done.returncode == 0, done.stderr
    name = "s0__o0_20240103"
    kept = {p.name for p in (out / name).iterdir()}
    assert kept == {"pair.json", "item.json", "thumbnail.jpg"}
    assert record(out, name)["stored"] == f"s3://{BUCKET}/out/{name}"
    alone = tmp_path / "alone"
    assert soma("register", *pairs[0], "--out", alone, *QUICK).returncode == 0
    for file in ("registered.tif", "quality.tif", "matches.csv", "matches.points"):
        body = store.get_object(Bucket=BUCKET, Key=f"out/{name}/{file}")["Body"].read()
        assert body == (alone / file).read_bytes(), file
    assert {"pair.json", "report.html", "item.json"} <= set(
        listed(store, f"out/{name}/")
    )
    again = json.loads(soma(*words).stdout)
    assert (again["ok"], again["before"]) == (0, 2)
    # Another object under the same name is another image.
    put(store, pairs[1][0], "sar/s0.tif")
    put(store, pairs[1][1], "optical/o0_20240103.tif")
    again = json.loads(soma(*words).stdout)
    assert (again["ok"], again["before"]) == (1, 1)


def test_a_stack_in_a_store_is_done_by_workers(store, tmp_path):
    sars = simulate_stack(tmp_path / "stack", Dates(3, shift_px=3.0), size=160, seed=3)
    files = [*sars, str(tmp_path / "stack" / "optical.tif")]
    for file in files:
        put(store, file, f"stack/{os.path.basename(file)}")
    places = [f"/vsis3/{BUCKET}/stack/{os.path.basename(file)}" for file in files]
    rows = rows_of([(place, places[-1]) for place in places[:-1]])
    plan = write_plan(tmp_path / "plan.csv", rows)
    out = tmp_path / "archive"
    words = ("archive", "run", plan, "--out", out, *QUICK, "--json", "--consistent")
    words += ("--only", "transform", "--store", f"s3://{BUCKET}/dates")
    done = soma(*words, "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] == 3
    kept = {"pair.json", "item.json", "transform.json", ".soma-outputs.json"}
    for row in rows:
        assert record(out, row["name"])["stack"]["how"] == "adjusted"
        assert set(listed(store, f"dates/{row['name']}/")) == kept
    again = json.loads(soma(*words).stdout)
    assert (again["ok"], again["before"]) == (0, 3)


def test_a_share_asks_the_store_for_its_own_images_alone(
    store, pairs, tmp_path, monkeypatch
):
    files = [f"share/s{i}.tif" for i in range(3)]
    for file in files:
        put(store, pairs[0][0], file)
    rows = rows_of([(f"/vsis3/{BUCKET}/{file}", pairs[0][1]) for file in files])
    plan = write_plan(tmp_path / "plan.csv", rows)
    out = tmp_path / "archive"
    asked, real = [], remote._stamp
    monkeypatch.setattr(remote, "_stamp", lambda p: asked.append(p) or real(p))
    words = ("archive", "run", plan, "--out", out, *QUICK, "--json")
    states = []
    for share, own in (("1/2", [0, 2]), ("2/2", [1])):
        asked.clear()
        done = json.loads(soma(*words, "--shard", share).stdout)
        assert (done["ok"], done["broken"]) == (len(own), 0)
        assert sorted(asked) == [f"/vsis3/{BUCKET}/{files[i]}" for i in own]
        found = json.loads(soma("archive", "status", out, "--json").stdout)["states"]
        states.append((found["left"], sum(found.values())))
    assert states == [(1, 3), (0, 3)]
    # A run of everything asks for everything, and finds it done.
    asked.clear()
    assert json.loads(soma(*words).stdout)["before"] == len(asked) == 3


def test_a_store_that_does_not_take_files_ends_the_run(store, pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs))
    out = tmp_path / "archive"
    words = ("archive", "run", plan, "--out", out, *QUICK)
    done = soma(*words, "--store", "s3://no-such-bucket/out")
    assert done.returncode == 2
    assert "s3://no-such-bucket/out/pair0 cannot be reached" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (out / "pair0").exists()


def test_a_file_that_is_not_in_the_store_breaks_its_row_alone(store, pairs, tmp_path):
    rows = rows_of([(f"/vsis3/{BUCKET}/no.tif", pairs[0][1]), pairs[0]])
    plan = write_plan(tmp_path / "plan.csv", rows)
    out = tmp_path / "archive"
    done = soma("archive", "run", plan, "--out", out, *QUICK, "--json")
    counts = json.loads(done.stdout)
    assert (counts["ok"], counts["broken"]) == (1, 1)
    assert "no.tif" in done.stderr


def test_catalogues_of_all_kinds_name_the_same_images(pairs, tmp_path):
    sar = pairs[0][0]
    one = item(sar, str(sar), cloud=12.0)
    one.save_object(dest_href=str(tmp_path / "item.json"), include_self_link=False)
    items = pystac.ItemCollection([one])
    (tmp_path / "items.json").write_text(json.dumps(items.to_dict()))
    catalogue = pystac.Catalog("all", "all of them")
    catalogue.add_item(one.clone())
    catalogue.normalize_and_save(str(tmp_path / "c"), pystac.CatalogType.SELF_CONTAINED)
    whole = scene_of(str(sar))
    for name in ("item.json", "items.json", "c/catalog.json"):
        place = str(tmp_path / name)
        (scene,) = stac_scenes.scenes_of_catalogue(place, "sar")
        assert os.path.samefile(scene.path, sar)
        assert scene.outline.equals(whole.outline)
        assert (scene.cloud, scene.time.isoformat()[:10]) == (12.0, "2024-01-02")
        (found,) = stac_scenes.scenes_of_catalogue(place, "sar", "thumbnail")
        assert found.path.endswith("t.jpg")
        (error,) = stac_scenes.scenes_of_catalogue(place, "sar", "hh")
        assert isinstance(error, BadInput) and "'hh'" in str(error)
    (tmp_path / "none.json").write_text('{"type": "Feature"}')
    with pytest.raises(BadInput, match="no STAC"):
        list(stac_scenes.scenes_of_catalogue(str(tmp_path / "none.json"), "sar"))


def test_rasters_in_a_store_are_read_as_files_are(store, pairs):
    put(store, pairs[0][0], "s.tif")
    with (
        rasterio.open(pairs[0][0]) as here,
        rasterio.open(f"s3://{BUCKET}/s.tif") as far,
    ):
        assert (here.read() == far.read()).all()
