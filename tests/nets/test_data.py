import csv
import multiprocessing
import os
import signal
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from soma.core.base.errors import BadInput
from soma.core.simulate import simulate_scene
from soma.models.network.geometry import sample
from soma.training.augment import Ranges, draw_geometry, read_crop, stretch
from soma.training.config import TrainConfig, load_config
from soma.training.data import REAL, SIMULATED, SYNTHETIC, UNRELATED, Mix, PairSampler
from soma.training.export import CREDITS, credits
from soma.training.layouts import LAYOUTS, read_pairs_csv
from soma.training.loader import batches
from soma.training.pack import PLACES, SHARE_STEPS, pack, simulated, write_shards
from soma.training.pairs import SIMULATOR, Pair, load_pack, split_by_place
from soma.training.synth import pseudo_sar

from .scenes import smooth_image


def pairs(count=4, size=256):
    images = [smooth_image(seed, size) for seed in range(count)]
    return [
        Pair(image, np.dstack([image] * 3), (0.0, 0.0), f"p{k}", "made")
        for k, image in enumerate(images)
    ]


WIDE = Ranges(warp_chance=1.0)


def test_flow_of_a_sample_is_the_truth():
    """Reading the reference crop where the flow says gives the moving crop."""
    sampler = PairSampler(pairs(), WIDE, Mix(0, 0, 0), 0)
    for sar_moves in (True, False):
        worst = []
        for index in range(6):
            s = sampler.sample(index, 96, sar_moves)
            mov, ref = (s.sar, s.optical) if sar_moves else (s.optical, s.sar)
            there, inside = sample(ref[None], s.flow[None])
            seen = inside[0, 0] > 0
            a, b = mov[0][seen].numpy(), there[0, 0][seen].numpy()
            # Tone curves are monotone (or inverted), so ranks must agree.
            worst.append(abs(np.corrcoef(a, b)[0, 1]))
        assert np.median(worst) > 0.9


def test_crops_are_read_exactly_and_once():
    axis = np.arange(200)
    ramp = np.stack([np.tile(axis, (200, 1))] * 2)  # value = column
    image = ramp[0].astype(np.uint8)
    geometry = draw_geometry(np.random.default_rng(1), 64, (200, 200), WIDE)
    xy = geometry.flow() @ geometry.to_source[:, :2].T + geometry.to_source[:, 2]
    crop = read_crop(image, xy, False, np.ones(3, np.float32))
    assert np.abs(crop - (xy[..., 0] - 0.5)).max() < 0.05  # cv2 rounds to 1/32 px


def test_no_border_in_any_crop():
    for index in range(60):
        rng = np.random.default_rng(index)
        size = int(rng.choice([96, 128, 160]))
        g = draw_geometry(rng, size, (256, 256), WIDE)
        corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], float)
        moved = g.flow().reshape(-1, 2)
        for xy in (corners, moved):
            there = xy @ g.to_source[:, :2].T + g.to_source[:, 2]
            assert there.min() >= 0 and there.max() <= 256


def test_samples_depend_on_seed_and_number_only():
    sampler = PairSampler(pairs(), WIDE, Mix(0.3, 0.3, 0.3), 5)
    one, again = sampler.sample(7, 64, True), sampler.sample(7, 64, True)
    other = sampler.sample(8, 64, True)
    assert torch.equal(one.sar, again.sar) and torch.equal(one.flow, again.flow)
    assert not torch.equal(one.flow, other.flow)


def test_worker_processes_give_the_same_batches_in_order():
    sampler = PairSampler(pairs(), WIDE, Mix(), 5)
    alone, shared = (batches(sampler, 8, 2, (64, 96), workers) for workers in (0, 2))
    for _ in range(3):
        a, b = next(alone), next(shared)
        assert torch.equal(a.sar, b.sar) and a.sar_moves == b.sar_moves


def test_the_mix_holds_and_synthetic_pairs_end():
    sampler = PairSampler(pairs(), WIDE, Mix(0.5, 0.2, 0, synthetic_until=60), 1)
    kinds = [int(sampler.sample(k, 64, True).kind) for k in range(120)]
    early, late = kinds[:60], kinds[60:]
    assert 18 <= early.count(SYNTHETIC) <= 42
    assert late.count(SYNTHETIC) == 0
    assert late.count(UNRELATED) > 3 and late.count(REAL) > 30


def test_simulated_scenes_are_known_and_drawn_by_their_share():
    made = [replace(pair, source=SIMULATOR) for pair in pairs(1)]
    mixed = pairs() + made
    for share, low, high in ((0.25, 10, 40), (0.75, 60, 90)):
        mix = Mix(0, 0, 0, simulated=share)
        sampler = PairSampler(mixed, WIDE, mix, 1)
        kinds = [int(sampler.sample(i, 64, True).kind) for i in range(100)]
        assert low <= kinds.count(SIMULATED) <= high
        assert kinds.count(SIMULATED) + kinds.count(REAL) == 100
    alone = PairSampler(made, WIDE, Mix(0, 0, 0), 1).sample(0, 64, True)
    assert int(alone.kind) == SIMULATED
    with pytest.raises(BadInput, match="no simulated scenes"):
        PairSampler(pairs(), WIDE, Mix(simulated=0.5), 1)


def test_the_ground_of_a_sample_is_what_its_crops_show():
    """Bright pixels as ground: each crop's label has to be bright where it is.

    Both images show different things, so that one's label does not do for the other.
    """
    made = []
    for seed in range(4):
        sar, optical = smooth_image(seed, 256), smooth_image(seed + 10, 256)
        bare = (255 * (image > 128).astype(np.uint8) for image in (sar, optical))
        made.append(Pair(sar, optical, (0.0, 0.0), f"p{seed}", SIMULATOR, *bare))
    sampler = PairSampler(made, WIDE, Mix(0, 0, 0), 3)
    for index in range(6):
        s = sampler.sample(index, 96, index % 2 == 0)
        for image, ground in ((s.sar, s.sar_ground), (s.optical, s.optical_ground)):
            assert 0 <= ground.min() and ground.max() <= 1
            both = np.corrcoef(image.ravel().numpy(), ground.ravel().numpy())
            # Tone curves may be inverted.
            assert abs(both[0, 1]) > 0.6


@pytest.mark.parametrize("mix", [Mix(0, 1, 0), Mix(1, 0, 0)])
def test_nothing_is_said_of_the_ground_of_what_was_made_up(mix):
    full = np.full((256, 256), 255, np.uint8)
    made = [
        replace(p, source=SIMULATOR, sar_ground=full, optical_ground=full)
        for p in pairs()
    ]
    sample = PairSampler(made, WIDE, mix, 1).sample(0, 64, True)
    assert (sample.sar_ground == -1).all() and (sample.optical_ground == -1).all()
    real = PairSampler(pairs(), WIDE, Mix(0, 0, 0), 1).sample(0, 64, True)
    assert (real.sar_ground == -1).all() and (real.optical_ground == -1).all()


def test_split_keeps_places_together():
    many = [p for p in pairs(10) for _ in range(2)]
    train, dev = split_by_place(many, 0.3)
    assert len(dev) == 6 and len(train) == 14
    assert not {p.place for p in train} & {p.place for p in dev}


def test_pseudo_sar_keeps_geometry_and_varies():
    image = torch.from_numpy(smooth_image(3, 96))[None, None].float() / 255
    first, second = (
        pseudo_sar(image, torch.Generator().manual_seed(s)) for s in (0, 1)
    )
    assert first.shape == image.shape and first.min() >= 0 and first.max() <= 1
    assert (first - second).abs().mean() > 0.05
    again = pseudo_sar(image, torch.Generator().manual_seed(0))
    assert torch.equal(first, again)


def write_pair(sar, optical, seed=0):
    for path in (sar, optical):
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), smooth_image(seed, 64))


def test_pack_round_trip_with_offset_and_size_limit(tmp_path, monkeypatch):
    root = tmp_path / "train"
    rows = []
    for k, source in enumerate(["ombria", "ombria", "other"]):
        name = f"{source}_train_before_{k:04d}.png"
        write_pair(root / "sar" / name, root / "opt" / name, k)
        rows.append([f"train/sar/{name}", f"train/opt/{name}", source])
    with open(root / "pairs.csv", "w", newline="") as file:
        csv.writer(file).writerows([["sar", "optical", "source"], *rows])
    size = (root / "sar" / "ombria_train_before_0000.png").stat().st_size
    monkeypatch.setattr("soma.training.pack.LIMIT_BYTES", 3 * size)
    files = pack(read_pairs_csv(root / "pairs.csv"), tmp_path / "out")
    assert len(files) > 1
    found = load_pack(tmp_path / "out")
    assert [p.source for p in found] == ["ombria", "ombria", "other"]
    assert found[0].offset == (0.4, 0.2) and found[2].offset == (0.0, 0.0)
    assert np.array_equal(found[1].sar, smooth_image(1, 64))
    with pytest.raises(BadInput, match="holds no packed pairs"):
        load_pack(tmp_path)


def test_simulated_scenes_are_packed_after_what_is_there(tmp_path):
    made = list(simulated(1, size=128))
    write_shards(made, tmp_path)
    files = write_shards(made, tmp_path)
    assert [f.name for f in files] == ["pairs-001.npz"]
    first, second = load_pack(tmp_path)
    assert first.sar.shape == (128, 128) and first.optical.shape == (128, 128, 3)
    assert first.source == "simulated" and np.array_equal(first.sar, second.sar)
    assert first.sar.std() > 10
    # The scene's first number is 1000; its pixels are as wide as its seed draws them.
    gsd_m = float(np.exp(np.random.default_rng([0, 0]).uniform(0, np.log(15.0))))
    scene = simulate_scene(128, 1000, gsd_m)
    assert np.array_equal(first.optical_ground > 0, scene.optical_ground)
    assert set(np.unique(first.optical_ground)) == {0, 255}
    off = first.sar_ground / 255 - scene.sar_ground
    assert np.abs(off).max() < 0.6 / SHARE_STEPS


def test_scenes_of_other_numbers_and_pixel_sizes_are_other_places():
    first, second = simulated(2, size=64, seed=50, gsd_m=(0.5, 0.5))
    assert (first.place, second.place) == ("made/50", "made/51")
    for made, number in ((first, 1050), (second, 1051)):
        scene = simulate_scene(64, number, 0.5)
        bare = cv2.imdecode(made.optical_ground, cv2.IMREAD_GRAYSCALE) > 0
        assert np.array_equal(bare, scene.optical_ground)


def test_packs_without_ground_are_read_and_those_with_one_for_both_are_not(tmp_path):
    [file] = write_shards(list(simulated(1, size=64)), tmp_path)
    with np.load(file) as shard:
        older = dict(shard)
    np.savez(file, **{**older, "bounds": older["bounds"][:4]})
    with pytest.raises(BadInput, match=r"pairs-000.npz is from .*; pack it again"):
        load_pack(tmp_path)
    np.savez(file, **{**older, "bounds": older["bounds"][:3]})
    [pair] = load_pack(tmp_path)
    assert pair.sar_ground is None and pair.optical_ground is None
    assert pair.sar.shape == (64, 64) and pair.optical.shape == (64, 64, 3)


def test_an_interrupt_leaves_those_that_simulate_to_who_started_them():
    # A shell may start tests deaf to interrupts, which children would inherit.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        scenes = simulated(50, size=64, workers=2)
        next(scenes)
    finally:
        signal.signal(signal.SIGINT, before)
    workers = multiprocessing.active_children()
    for worker in workers:
        os.kill(worker.pid, signal.SIGINT)
        worker.join(1)
    assert [worker.exitcode for worker in workers] == [None, None]
    scenes.close()
    assert not multiprocessing.active_children()


def test_tiles_of_one_scene_are_joined_where_they_belong(tmp_path):
    scene = smooth_image(0, 600)
    rows = []
    for x in (10, 262):
        for y in (10, 262):
            name = f"volkov_014_{x}_{y}.png"
            part = scene[y - 10 : y + 246, x - 10 : x + 246]
            for kind in ("sar", "opt"):
                (tmp_path / kind).mkdir(exist_ok=True)
                cv2.imwrite(str(tmp_path / kind / name), part)
            rows.append([f"sar/{name}", f"opt/{name}", "volkov_LA_refined"])
    with open(tmp_path / "pairs.csv", "w", newline="") as file:
        csv.writer(file).writerows([["sar", "optical", "source"], *rows])
    pack(read_pairs_csv(tmp_path / "pairs.csv"), tmp_path / "out")
    (joined,) = load_pack(tmp_path / "out")
    assert joined.sar.shape == (508, 508)
    difference = joined.sar.astype(int) - scene[:508, :508]
    assert np.abs(difference).mean() < 2  # JPEG


@pytest.mark.parametrize("layout, sar, optical, place", [
    ("sen12", "ROIs1970_fall/s1_13/ROIs1970_fall_s1_13_p5.png",
     "ROIs1970_fall/s2_13/ROIs1970_fall_s2_13_p5.png", "ROIs1970_fall_13"),
    ("osdataset", "sar312.png", "opt312.png", "3"),
    ("osdataset", "train/sar/sar7.png", "train/opt/opt7.png", "0"),
    ("whu_sen_city", "beijing/sar/1_2.png", "beijing/opt/1_2.png", "beijing"),
    ("whu_sen_city", "rome/sar/sar_9.png", "rome/opt/opt_9.png", "rome"),
    ("multires_sar", "Low/SAR/204.png", "Low/Optical/204.png", "Low_2"),
])  # fmt: skip
def test_layouts(tmp_path, layout, sar, optical, place):
    write_pair(tmp_path / sar, tmp_path / optical)
    (pair,) = LAYOUTS[layout](tmp_path)
    assert pair.sar == tmp_path / sar and pair.optical == tmp_path / optical
    assert pair.place == place
    (tmp_path / optical).unlink()
    with pytest.raises(BadInput, match="is missing"):
        LAYOUTS[layout](tmp_path)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_layout_without_pairs(tmp_path, layout):
    with pytest.raises(BadInput, match="holds no pairs"):
        LAYOUTS[layout](tmp_path)


def test_stretch_maps_percentiles():
    out = stretch(np.linspace(0, 255, 10000).reshape(100, 100).astype(np.float32))
    assert out.min() == 0 and out.max() == 1


def test_config(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("steps = 5\ncrops = [64, 96]\n")
    config = load_config(path, ["lr=0.01", "crops=128", "model=tiny", "zoom=0.5,1"])
    assert (config.steps, config.lr, config.crops) == (5, 0.01, (128,))
    assert config.zoom == (0.5, 1.0) and config.batch == TrainConfig().batch
    for text, match in [("stepz=3", "Unknown training options: stepz"),
                        ("steps=x", "steps: cannot use 'x'"),
                        ("crops=100", "multiples of 16"),
                        ("steps", "key=value"),
                        ("ema=3", "ema lies in 0 to 1")]:  # fmt: skip
        with pytest.raises(BadInput, match=match):
            load_config(path, [text])
    path.write_text("steps = = 5")
    with pytest.raises(BadInput, match="not valid TOML"):
        load_config(path)


def test_a_card_credits_every_source_once():
    assert {*PLACES, "simulated"} <= set(CREDITS)
    told = credits(["ombria", "ombria_cross", "my_city"])
    assert told.count("Copernicus") == 1 and told.endswith("; my_city, terms not known")
