"""OSR-Net: its parts, and what they answer at the seam."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes import CountingFeedback
from scipy import ndimage
from soma.core.base.errors import BadInput, Cancelled
from soma.core.base.types import Search, Tile, TilePair
from soma.models.keypoints import weights
from soma.models.network.geometry import identity
from soma.models.osrnet import istn, matcher, mfe
from soma.models.osrnet.matp import AffinePrediction
from soma.models.osrnet.msca import ChannelAttention
from soma.models.osrnet.network import FULL, build
from soma.training import osr_objective as objective

CPU = torch.device("cpu")
SUPPORT = Path(__file__).parents[1] / "support"


def ground(seed=0, size=260, sigma=2.0):
    image = ndimage.gaussian_filter(
        np.random.default_rng(seed).normal(size=(size, size)), sigma
    )
    return ((image - image.min()) / np.ptp(image)).astype(np.float32)


def maps(seed=0, size=32, channels=3):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(1, channels, size, size, generator=g)


def similarity(degrees=0.0, scale=1.0, shift=(0.0, 0.0), size=128):
    """Return (1, 2, 3) px about the middle of an image."""
    a, half = np.radians(degrees), size / 2
    linear = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    matrix = np.column_stack([linear, half - linear @ [half, half] + shift])
    return torch.from_numpy(matrix[None].astype(np.float32))


# ISTN


def test_the_kernel_weighs_the_nine_nearest_cells_by_distance():
    image = maps(channels=2)
    at = torch.tensor([[10.3, 7.8], [4.6, 20.1]]).T[None, :, :, None]
    found, seen = istn.sampled(image, torch.ones(1, 1, 32, 32), at)
    for k, (x, y) in enumerate(((10.3, 7.8), (4.6, 20.1))):
        total, weights_ = 0.0, 0.0
        for row in range(round(y) - 1, round(y) + 2):
            for column in range(round(x) - 1, round(x) + 2):
                w = np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * istn.SIGMA**2))
                total, weights_ = total + w * image[0, :, row, column], weights_ + w
        assert torch.allclose(found[0, :, k, 0], total / weights_, atol=1e-5)
    assert torch.allclose(seen, torch.ones_like(seen))


def test_the_kernel_keeps_how_smooth_a_map_is():
    """Between the cells a bilinear sample of noise loses half of its deviation."""
    image, mask = maps(size=128), torch.ones(1, 1, 128, 128)
    spread = [
        float(istn.moved(image, mask, similarity(shift=(s, s)), 1)[0][0, :, 9:-9].std())
        for s in (0.0, 0.25, 0.5)
    ]
    assert max(spread) / min(spread) < 1.25


def test_invalid_cells_weigh_nothing():
    image, mask = torch.ones(1, 1, 32, 32), torch.ones(1, 1, 32, 32)
    mask[..., :16] = 0
    image[..., :16] = 1e6
    values, seen = istn.moved(image, mask, similarity(shift=(0.4, 0.0), size=32), 1)
    assert torch.allclose(values[seen > 0], torch.ones(1), atol=1e-4)
    assert not seen[..., :14].any() and bool((values[..., :14] == 0).all())


def test_maps_are_moved_where_the_affine_says():
    image = torch.zeros(1, 1, 64, 64)
    image[0, 0, 20, 30] = 1
    mask = torch.ones_like(image)
    values, _ = istn.moved(image, mask, similarity(shift=(8.0, -12.0), size=256), 4)
    assert int(values.argmax()) == 17 * 64 + 32


def test_high_maps_are_sampled_at_half_the_size(monkeypatch):
    smooth = torch.from_numpy(ground(3, 96, 6.0))[None, None]
    mask, theta = torch.ones_like(smooth), similarity(3.0, 1.02, (3.5, -2.0), 96)
    whole, _ = istn.moved(smooth, mask, theta, 1)
    monkeypatch.setattr(istn, "JUDGED_HEIGHT", 64)
    sizes = []
    real = istn.sampled
    monkeypatch.setattr(
        istn, "sampled", lambda *a: (sizes.append(a[0].shape[2]), real(*a))[1]
    )
    half, seen = istn.moved(smooth, mask, theta, 1)
    assert sizes == [48] and half.shape == whole.shape
    inner = (slice(None), slice(None), slice(12, -12), slice(12, -12))
    assert float((whole - half)[inner].abs().max()) < 0.03 and seen[inner].min() > 0.9


# MFE, MSCA, MATP


def test_the_full_branch_is_a_resnet_18():
    branch = mfe.Branch(FULL.width, FULL.stem_stride)
    count = sum(p.numel() for m in (branch.stem, branch.layers) for p in m.parameters())
    # 11,689,512 of the published network, less its classifier and two bands of three.
    assert count == 11_689_512 - 513_000 - 2 * 64 * 49
    image = torch.rand(1, 1, 64, 64)
    found = branch.eval()(image, torch.ones_like(image))
    assert [level.shape[1:] for level in found.learned] == [
        (256, 4, 4), (128, 8, 8), (64, 16, 16),
    ]  # fmt: skip
    assert [level.shape[2] for level in found.planes] == [4, 8, 16]


def test_attention_does_not_hang_on_what_is_not_seen():
    torch.manual_seed(0)
    attend, mask = ChannelAttention(3, 16).eval(), torch.ones(1, 1, 32, 32)
    mask[..., :16] = 0
    one, other = maps(1), maps(2)
    spoilt = torch.where(mask > 0, one, one + 9)
    first, again = (attend(image, other, mask) for image in (one, spoilt))
    for a, b in zip(first, again, strict=True):
        assert torch.allclose(a[..., 20:], b[..., 20:], atol=1e-5)
        assert a.shape == (1, 16, 32, 32)
    with torch.no_grad():
        assert first[0].abs().max() < attend.project_sar(one).abs().max()


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (2, -1), (-3, 3)])
def test_the_prediction_finds_how_maps_were_moved(dx, dy):
    predict, mask = AffinePrediction(4, 3, 3), torch.ones(1, 1, 32, 32)
    large = maps(5, 48, 9)
    here = large[..., 8:40, 8:40]
    there = large[..., 8 - dy : 40 - dy, 8 - dx : 40 - dx]
    sar, optical = ((x[:, :5], x[:, 5:]) for x in (here, there))
    fused = torch.zeros(1, 4, 32, 32)
    stage = predict(sar, optical, fused, (mask, mask), identity(1, CPU), 8)
    # Content of SAR at x lies at x + shift in the optical image.
    expected = torch.tensor([[[1.0, 0.0, 8.0 * dx], [0.0, 1.0, 8.0 * dy]]])
    error = objective.rmse_px(stage.theta, expected, 256)
    assert float(error.detach().max()) < 0.5 and float(stage.weight.detach().max()) <= 1


# The network


@pytest.fixture(scope="module")
def net():
    """Untrained: both branches begin alike."""
    torch.manual_seed(0)
    return build(width=16, stem_stride=2, projected=16).eval()


def seen_by(theta, seed=0, size=128):
    """Return the SAR image whose pixel p shows the optical pixel theta p, and that."""
    image, axis = ground(seed, size + 80), np.arange(size) + 0.5
    matrix = theta[0].numpy().astype(np.float64)
    where = np.stack(np.meshgrid(axis, axis), -1) @ matrix[:, :2].T + matrix[:, 2] + 40
    sar = ndimage.map_coordinates(image, where.transpose(2, 0, 1)[::-1] - 0.5, order=3)
    return sar.astype(np.float32), image[40 : 40 + size, 40 : 40 + size].copy()


def told_by(net, sar, optical):
    sides = [torch.from_numpy(side)[None, None] for side in (sar, optical)]
    one = torch.ones_like(sides[0])
    with torch.no_grad():
        described = [
            net.describe(side, one, kind)
            for side, kind in zip(sides, ("sar", "optical"), strict=True)
        ]
        return net(*described)


def test_no_perturbation_gives_the_identity(net):
    sar, optical = seen_by(identity(1, CPU))
    for stage in told_by(net, sar, optical):
        assert float(objective.rmse_px(stage.theta, identity(1, CPU), 128)) < 0.1


@pytest.mark.parametrize("case", [(5.0, 1.0, (4.0, -6.0)), (-3.0, 1.04, (-9.0, 2.0))])
def test_every_resolution_comes_nearer_to_the_paper_s_perturbations(net, case):
    theta = similarity(*case)
    stages = told_by(net, *seen_by(theta))
    error = [float(objective.rmse_px(stage.theta, theta, 128)) for stage in stages]
    assert error[2] < error[0] and error[2] < 1.0, error
    assert torch.equal(stages[1].before, stages[0].theta)


# The seam


@pytest.fixture(scope="module")
def product():
    torch.manual_seed(0)
    return matcher.OsrMatcher(build(width=16, stem_stride=2, projected=16), "cpu")


def tiles(theta, size, sar_moves=True, seed=0):
    sar, optical = seen_by(theta, seed, size)
    valid = np.ones((size, size), bool)
    of = {"sar": sar, "optical": optical}
    kinds = ("optical", "sar") if sar_moves else ("sar", "optical")
    return TilePair(*(Tile(of[kind], valid, np.eye(3), kind) for kind in kinds))


def off_px(found, theta, size):
    matrix = torch.from_numpy(found.mov_to_ref[None, :2].astype(np.float32))
    return float(objective.rmse_px(matrix, theta, size))


@pytest.mark.parametrize("sar_moves", [True, False])
def test_either_image_may_move(product, sar_moves):
    theta = similarity(2.0, 1.01, (5.0, -3.0), 160)
    found = product.match([tiles(theta, 160, sar_moves)], Search(8.0, 3.0, 1.03))[0]
    truth = (
        theta
        if sar_moves
        else torch.linalg.inv(
            torch.cat([theta, torch.tensor([[[0.0, 0.0, 1.0]]])], dim=1)
        )[:, :2]
    )
    assert off_px(found, truth, 160) < 1.0
    matrix = found.mov_to_ref
    laid = found.matches.mov_xy @ matrix[:2, :2].T + matrix[:2, 2]
    apart = np.linalg.norm(laid - found.matches.ref_xy, axis=1)
    assert len(apart) > 50 and np.median(apart) < 1.0
    assert found.distinctness > 0.46


def test_what_is_beyond_the_perturbations_is_taken_off_before(product):
    theta = similarity(24.0, 1.1, (14.0, -11.0), 160)
    found = product.match([tiles(theta, 160)], Search(20.0, 30.0, 1.2))[0]
    assert off_px(found, theta, 160) < 1.5


def test_large_tiles_are_looked_at_reduced_first(product, monkeypatch):
    monkeypatch.setattr(matcher, "FIRST_PX", 128)
    theta = similarity(1.5, 1.0, (18.0, -12.0), 256)
    found = product.match([tiles(theta, 256)], Search(24.0, 3.0, 1.02))[0]
    assert off_px(found, theta, 256) < 1.0
    assert np.ptp(found.matches.mov_xy[:, 0]) > 200


def test_another_place_does_not_stand_out(product):
    here, other = (tiles(identity(1, CPU), 128, seed=k) for k in (1, 2))
    found = product.match([TilePair(here.ref, other.mov)], Search(8.0, 3.0, 1.02))[0]
    assert not len(found.matches) or found.distinctness < 0.46


def test_ground_that_shows_nothing_in_one_image_carries_no_matches(product):
    """A window there reaches to what lies beside it, and agrees with any affine."""
    pair = tiles(identity(1, CPU), 256)
    calm = pair.ref.pixels.copy()
    # Water: what the radar sees of it is speckle, and the optical image shows none.
    calm[:, :128] = 0.2 + 1e-4 * ground(7, 256)[:, :128]
    whole = product.match([pair], Search(8.0, 3.0, 1.02))[0]
    half = product.match(
        [TilePair(replace(pair.ref, pixels=calm), pair.mov)], Search(8.0, 3.0, 1.02)
    )[0]
    # Blocks of 8 px; gradients are told from some px around.
    assert (whole.matches.ref_xy[:, 0] < 112).sum() > 50
    assert not (half.matches.ref_xy[:, 0] < 112).any()
    assert (half.matches.ref_xy[:, 0] > 144).sum() > 40


def test_a_cancel_ends_it(product):
    with pytest.raises(Cancelled):
        product.match(
            [tiles(identity(1, CPU), 128)], Search(8.0), CountingFeedback(stop_at=1)
        )


def test_weights_are_read_back_and_those_of_others_refused(tmp_path):
    sizes = {"width": 16, "stem_stride": 2, "projected": 16}
    record = weights.Record("osrnet", sizes, "", (0.0,) * 6, {}, "0", {})
    path = tmp_path / "w.safetensors"
    weights.write(path, build(**sizes).state_dict(), record)
    assert matcher.OsrMatcher.from_weights(path, "cpu").name == "osrnet"
    other = weights.Record("superglue", sizes, "", (0.0,), {}, "0", {})
    weights.write(path, build(**sizes).state_dict(), other)
    with pytest.raises(BadInput):
        matcher.OsrMatcher.from_weights(path, "cpu")


def test_it_imports_no_other_network():
    code = (
        f"import sys; sys.path.insert(0, {str(SUPPORT)!r}); "
        "import checkout; checkout.import_root(); import soma.models.osrnet.matcher; "
        "names = [n for n in sys.modules if n.startswith('soma.models.')]; "
        "heads = ('lightglue', 'superglue', 'loftr', 'matcher.predictor'); "
        "assert not [n for n in names for h in heads if n[12:].startswith(h)], names; "
        "assert 'kornia' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
