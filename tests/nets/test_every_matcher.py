"""What every matcher of the registry has to stand, whatever it is made of.

A new one is asked all of this as soon as it is listed.
"""

import shutil

import numpy as np
import pytest
from matcher_package import add_project
from scipy import ndimage
from soma.core import api
from soma.core.base.errors import BadInput, ModelUnavailable
from soma.core.base.job import Job
from soma.core.base.types import Search, Tile, TilePair
from soma.models import registry, weights

NAMES = ["gradient", *registry.MODELS]
NEAR = Search(8.0, 2.0, 1.02)


@pytest.fixture(scope="module", params=NAMES)
def matcher(request):
    return api.load_matcher(Job("", "", model=request.param, device="cpu", threads=1))


def tile(pixels, modality="sar", valid=None):
    valid = np.ones(pixels.shape, bool) if valid is None else valid
    return Tile(pixels.astype(np.float32) * valid, valid, np.eye(3), modality)


def ground(seed=0, shape=(128, 128)):
    noise = np.random.default_rng(seed).normal(size=(400, 400))
    image = ndimage.gaussian_filter(noise, 2.0)
    image = (image - image.min()) / np.ptp(image)
    return image[: shape[0], : shape[1]]


def shifted_pair(seed=0, shape=(128, 128), shift=(4, -3)):
    """Two windows of one image: moving (x, y) shows reference (x, y) + shift."""
    image, (dx, dy) = ground(seed, (shape[0] + 16, shape[1] + 16)), shift
    ref = image[8 : 8 + shape[0], 8 : 8 + shape[1]]
    mov = image[8 + dy : 8 + dy + shape[0], 8 + dx : 8 + dx + shape[1]]
    return TilePair(tile(ref, "optical"), tile(mov, "sar"))


def sound(found, pair):
    """Hold an answer to the seam's words: shapes, ranges, nothing outside."""
    matches = found.matches
    for xy, side in ((matches.mov_xy, pair.mov), (matches.ref_xy, pair.ref)):
        height, width = side.pixels.shape
        assert xy.shape == (len(matches), 2) and np.isfinite(xy).all()
        assert ((xy >= -1) & (xy <= (width + 1, height + 1))).all()
    assert ((matches.confidence >= 0) & (matches.confidence <= 1)).all()
    if found.mov_to_ref is not None:
        assert found.mov_to_ref.shape == (3, 3) and np.isfinite(found.mov_to_ref).all()
    assert not len(matches) or found.reason == ""


def test_a_known_shift_is_found_and_stands_out(matcher):
    pair = shifted_pair()
    found = matcher.match([pair], NEAR)[0]
    sound(found, pair)
    moved = found.matches.ref_xy - found.matches.mov_xy
    error = np.hypot(*(moved - (4, -3)).T)
    assert len(error) > 15 and np.median(error) < 1.0
    assert found.distinctness > 0.46


def test_unrelated_tiles_do_not_stand_out(matcher):
    for seed in (1, 2):
        other = TilePair(shifted_pair(seed).ref, shifted_pair(seed + 50).mov)
        found = matcher.match([other], NEAR)[0]
        sound(found, other)
        assert not len(found.matches) or found.distinctness < 0.46


@pytest.mark.parametrize("kind", ["zero", "grey", "invalid", "corner"])
def test_tiles_without_structure_give_a_reason(matcher, kind):
    valid = np.ones((96, 96), bool)
    if kind in ("invalid", "corner"):
        valid[:] = False
    if kind == "corner":
        valid[:6, :6] = True
    flat = ground(3, (96, 96)) if kind == "corner" else np.full((96, 96), 0.5)
    flat = flat * (kind != "zero")
    for pair in (
        TilePair(tile(ground(0, (96, 96)), "optical"), tile(flat, "sar", valid)),
        TilePair(tile(flat, "optical", valid), tile(ground(0, (96, 96)), "sar")),
    ):
        found = matcher.match([pair], NEAR)[0]
        assert not len(found.matches)
        # A few pixels are either nothing or nothing that stands out.
        assert found.reason == "no_structure" or kind == "corner"
        assert not found.distinctness > 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (17, 23), (33, 90), (101, 67)])
def test_tiny_and_odd_sizes(matcher, shape):
    pair = shifted_pair(4, shape, (1, 1))
    for one in (pair, TilePair(tile(ground(5), "optical"), pair.mov)):
        sound(matcher.match([one], NEAR)[0], one)


def test_few_places_to_match(matcher):
    """Flat ground with three spots, seen alike by both."""
    image = np.full((96, 96), 0.3)
    for row, column in ((20, 30), (60, 70), (75, 25)):
        image[row : row + 4, column : column + 5] = 0.9
    pair = TilePair(tile(image, "optical"), tile(np.roll(image, 2, 1), "sar"))
    sound(matcher.match([pair], NEAR)[0], pair)


def test_nothing_is_matched_where_nothing_is_valid(matcher):
    pair = shifted_pair(6)
    valid = np.ones((128, 128), bool)
    valid[:, :48] = False
    pair = TilePair(pair.ref, tile(pair.mov.pixels, "sar", valid))
    found = matcher.match([pair], NEAR)[0]
    sound(found, pair)
    # Windows of the hand-made matcher reach over an edge.
    assert len(found.matches) and found.matches.mov_xy[:, 0].min() >= 48 - 16


def test_batches_equal_singles_and_keep_their_order(matcher):
    pairs = [shifted_pair(k, shift=(k, -k)) for k in range(3)]
    blank = tile(np.zeros((128, 128)))
    pairs.insert(1, TilePair(pairs[0].ref, blank))
    together = matcher.match(pairs, NEAR)
    assert [bool(one.reason) for one in together] == [False, True, False, False]
    for pair, one in zip(pairs, together, strict=True):
        alone = matcher.match([pair], NEAR)[0]
        assert len(alone.matches) == len(one.matches)
        assert np.allclose(alone.matches.ref_xy, one.matches.ref_xy, atol=0.05)
        assert alone.distinctness == pytest.approx(
            one.distinctness, abs=0.02, nan_ok=True
        )


@pytest.mark.parametrize("name", registry.MODELS)
def test_truncated_foreign_and_missing_weights_are_told(name, tmp_path):
    network = registry.MODELS[name]
    path = tmp_path / "w.safetensors"
    shutil.copy(weights.find(network.file), path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(BadInput, match="not a complete safetensors file"):
        registry.load_matcher(name, "cpu", str(path))
    path.write_bytes(b"GIF89a" * 40)
    with pytest.raises(BadInput, match="not a complete safetensors file"):
        registry.load_matcher(name, "cpu", str(path))
    with pytest.raises(BadInput, match="does not exist"):
        registry.load_matcher(name, "cpu", str(tmp_path / "none.safetensors"))
    for other in registry.MODELS.values():
        if other.file != network.file:
            with pytest.raises(BadInput):
                registry.load_matcher(name, "cpu", str(weights.find(other.file)))


@pytest.mark.parametrize("name", registry.MODELS)
def test_a_missing_package_is_a_sentence(name, monkeypatch):
    need = (*registry.NEEDS, *registry.MODELS[name].needs)[-1]
    real = registry.importlib.util.find_spec
    monkeypatch.setattr(
        registry.importlib.util, "find_spec", lambda n: None if n == need else real(n)
    )
    with pytest.raises(ModelUnavailable, match=f"needs {need}, which is not installed"):
        registry.load_matcher(name)
    states = {info.name: info.state for info in registry.available()}
    assert states[name] == f"needs {need}" and states.keys() >= set(registry.MODELS)


EXAMPLE = weights.FOLDER.parents[1] / "docs" / "matchers" / "kornia"


def test_the_worked_example_is_listed_with_its_licence(tmp_path, monkeypatch):
    add_project(tmp_path, monkeypatch, EXAMPLE)
    told = {info.name: info for info in registry.available()}
    for name in ("kornia-loftr", "kornia-lightglue"):
        assert "Apache-2.0" in told[name].card
        assert told[name].state in ("ready", "needs kornia")


@pytest.mark.parametrize("raised", [OSError, RuntimeError])
def test_the_worked_example_without_network_says_what_is_missing(
    tmp_path, monkeypatch, raised
):
    """kornia's versions raise the one or the other."""
    pytest.importorskip("kornia")
    add_project(tmp_path, monkeypatch, EXAMPLE)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))

    def unreachable(*_, **__):
        raise raised("no route to host")

    monkeypatch.setattr(
        "kornia.feature.loftr.loftr.load_state_dict_from_url", unreachable
    )
    with pytest.raises(
        ModelUnavailable, match=r"^kornia's .* with --weights instead.$"
    ):
        registry.load_matcher("kornia-loftr", "cpu")


def test_the_worked_example_matches(tmp_path, monkeypatch):
    """Its own weights are not to be had here: untrained, it has to keep to the seam."""
    torch = pytest.importorskip("torch")
    loftr = pytest.importorskip("kornia.feature").LoFTR
    add_project(tmp_path, monkeypatch, EXAMPLE)
    torch.manual_seed(0)
    state, path = loftr(None).state_dict(), tmp_path / "loftr.ckpt"
    torch.save({"state_dict": state}, path)
    matcher = registry.load_matcher("kornia-loftr", "cpu", str(path), 1)
    pair = shifted_pair(0, (64, 64))
    sound(matcher.match([pair], NEAR)[0], pair)
