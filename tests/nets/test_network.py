import copy

import pytest
import torch
from soma.core.base.errors import BadInput
from soma.models.matcher.fold_norms import fold
from soma.models.network.geometry import apply_affine, centres, identity
from soma.models.network.hand_made import PLANES
from soma.models.network.soma import (
    CONFIGS,
    MEDIUM,
    SMALL,
    TINY,
    Soma,
    SomaConfig,
    unmoved,
)
from soma.models.network.template_matching import GRID_PX
from soma.training.variants import VARIANTS, build


def scene(height=96, width=128, seed=0):
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(1, 1, height // 4, width // 4, generator=generator)
    image = torch.nn.functional.interpolate(
        noise, (height, width), mode="bicubic", align_corners=False
    ).clamp(0, 1)
    return image, torch.ones_like(image)


def encode(net, image, valid):
    with torch.inference_mode():
        return net.encode(image, valid, "optical")


def limits(count=1, px=24.0):
    return torch.full((count,), px), torch.full((count,), 2 * px)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return Soma(TINY).eval()


def test_untrained_network_is_pure_correlation(net):
    """Heads are zero: the identity of an image with itself comes out exactly."""
    features = encode(net, *scene())
    with torch.inference_mode():
        output = net(features, features, identity(1, torch.device("cpu")), *limits())
    here = centres(96, 128, 1, torch.device("cpu"))
    assert (output.flow(96, 128) - here).abs().mean() < 0.05
    # Windows cut by the tile's rim draw it a little toward its middle.
    assert (output.theta - identity(1, here.device)).abs().max() < 0.05


@pytest.mark.parametrize("variant", ["", "affine-only", "flow-only"])
def test_untrained_network_finds_a_shift_of_one_image(variant):
    torch.manual_seed(0)
    net = build(TINY, variant).eval()
    image, valid = scene(160, 192)
    dx, dy = 12, -8
    mov = image[:, :, 32:128, 32:160]
    ref = image[:, :, 32 - dy : 128 - dy, 32 - dx : 160 - dx]
    ones = valid[:, :, :96, :128]
    with torch.inference_mode():
        output = net(
            encode(net, mov, ones), encode(net, ref, ones),
            identity(1, image.device), *limits(),
        )  # fmt: skip
    here = centres(96, 128, 1, image.device)
    moved = (output.flow(96, 128) - here)[0, :, 24:-24, 24:-24].flatten(1)
    assert moved.median(dim=1).values.tolist() == pytest.approx([dx, dy], abs=0.3)
    residual = output.stages[-1].motion.residual
    assert (variant == "affine-only") == bool((residual == 0).all())


def test_affine_only_flow_is_affine_and_flow_only_keeps_the_first_affine():
    image, valid = scene()
    start = torch.tensor([[[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]])
    for variant in ("affine-only", "flow-only"):
        torch.manual_seed(0)
        net = build(TINY, variant).eval()
        features = encode(net, image, valid)
        with torch.inference_mode():
            motion = net.refine(features, features, start)[-1].motion
        if variant == "flow-only":
            assert torch.equal(motion.theta, start)
        else:
            here = centres(*motion.residual.shape[-2:], GRID_PX, image.device)
            assert torch.equal(motion.positions(), apply_affine(motion.theta, here))


def test_batched_equals_single(net):
    images = torch.cat([scene(seed=s)[0] for s in range(3)])
    valid = torch.ones_like(images)
    with torch.inference_mode():
        mov, ref = (
            net.encode(images, valid, "sar"),
            net.encode(images.flip(0), valid, "optical"),
        )
        prior = identity(3, images.device)
        together = net(mov, ref, prior, *limits(3))
        for k in range(3):
            part = slice(k, k + 1)
            alone = net(mov.take(part), ref.take(part), prior[part], *limits())
            assert torch.allclose(together.theta[part], alone.theta, atol=1e-3)
            assert torch.allclose(
                together.flow(96, 128)[part], alone.flow(96, 128), atol=1e-2
            )


def test_padding_does_not_change_descriptors(net):
    image, valid = scene()
    pad = (0, 64, 0, 32)
    more = torch.nn.functional.pad(image, pad), torch.nn.functional.pad(valid, pad)
    plain, padded = encode(net, image, valid), encode(net, *more)
    for stride, a, b in zip((2, 4, 8), plain.levels, padded.levels, strict=False):
        edge = 48 // stride  # zero padding of convolutions reaches this far
        rows, columns = a.shape[-2] - edge, a.shape[-1] - edge
        inner = (slice(None), slice(None), slice(0, rows), slice(0, columns))
        # Tile-wide statistics see a little of the border cells.
        assert (a[inner] - b[inner]).abs().max() < 2e-3, stride


def test_same_input_same_output(net):
    image, valid = scene()
    runs = []
    for _ in range(2):
        features = encode(net, image, valid)
        with torch.inference_mode():
            runs.append(
                net(features, features, identity(1, image.device), *limits())
                .flow(96, 128)
            )  # fmt: skip
    assert torch.equal(*runs)


def test_search_limit_holds(net):
    image, valid = scene()
    features = encode(net, image, valid)
    prior = torch.tensor([[[1.0, 0.0, 60.0], [0.0, 1.0, 0.0]]])
    with torch.inference_mode():
        coarse = net.place(features, features, prior, *limits(px=8.0))
    assert abs(float(coarse.theta[0, 0, 2]) - 60) < 32


def test_every_weight_learns():
    """A weight without a gradient is dead: it would be shipped for nothing."""
    torch.manual_seed(0)
    net = Soma(TINY)
    for stage in net.locally:  # zero heads block the way on the very first step
        torch.nn.init.normal_(stage.flow_head.weight, std=0.1)
        torch.nn.init.normal_(stage.affine_head.weight, std=0.1)
    torch.nn.init.normal_(net.ground.out.weight, std=0.1)
    images = torch.cat([scene(seed=s)[0] for s in range(2)])
    mov = net.encode(images, torch.ones_like(images), "sar")
    ref = net.encode(images, torch.ones_like(images), "optical")
    mov, ref = net.ground(mov, ref, identity(2, images.device), ("sar", "optical"))
    output = net(mov, ref, identity(2, images.device), *limits(2))
    loss = output.flow(96, 128).mean() + output.certainty(96, 128).mean()
    loss = loss + output.coarse.heat.logsumexp((1, 2)).mean()
    loss = loss + output.coarse.volume.logsumexp(2).mean()
    loss = loss + mov.ground.mean() + ref.ground.mean()
    for stage in output.stages:
        loss = loss + stage.logits.square().mean() + stage.motion.positions().mean()
    loss.backward()
    dead = [
        name for name, p in net.named_parameters()
        if p.grad is None or not (p.grad.isfinite().all() and p.grad.any())
    ]  # fmt: skip
    assert not dead
    assert net.encoders["sar"].prior_gain.grad.all()  # one at every stride


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_run_in_any_direction_with_other_sizes(variant):
    torch.manual_seed(0)
    net = build(TINY, variant).eval()
    small, large = scene(64, 64), scene(96, 128)
    with torch.inference_mode():
        mov, ref = net.encode(*small, "optical"), net.encode(*large, "sar")
        output = net(mov, ref, identity(1, small[0].device), *limits())
    assert output.flow(64, 64).shape == (1, 2, 64, 64)
    assert output.flow(64, 64).isfinite().all()


@pytest.mark.parametrize("config", CONFIGS.values())
def test_size_limits(config):
    count = sum(p.numel() for p in Soma(config).parameters())
    assert count * 2 <= 12e6  # bytes as fp16


def test_enhancer_and_hand_made_descriptors_go_apart():
    widths = {}
    for variant in ("", "no-fge", "learned-alone"):
        net = build(TINY, variant).eval()
        levels = encode(net, *scene(64, 64)).levels
        widths[variant] = [level.shape[1] for level in levels]
        kinds = {type(part).__name__ for part in net.modules()}
        assert ("FGE" in kinds) == (variant != "no-fge")
        assert ("GradientPrior" in kinds) == (variant != "learned-alone")
    assert widths["no-fge"] == widths[""]
    assert [count + PLANES for count in widths["learned-alone"]] == widths[""]


def test_free_filters_are_as_many_as_the_bank_s_and_learn():
    whole, free = (build(TINY, variant) for variant in ("", "free-filters"))
    for kind in whole.encoders:
        for a, b in zip(
            whole.encoders[kind].enhance, free.encoders[kind].enhance, strict=True
        ):
            x = torch.rand(1, a.bank.channels, 16, 16)
            assert a.bank(x).shape == b.bank(x).shape
            assert not list(a.bank.parameters()) and list(b.bank.parameters())


def test_weights_from_before_variants_were_apart():
    before = {"attention": 0, "fge": "bank", "prior": "gradient", "head": "both"}
    for config in (SMALL, MEDIUM):
        stored = {**config.to_dict(), **before, "joint": config is MEDIUM}
        assert SomaConfig.from_dict(stored) == config
        with pytest.raises(ValueError, match="unknown architecture keys: fge"):
            SomaConfig.from_dict({**stored, "fge": "free"})
        with pytest.raises(ValueError, match="unknown architecture keys: joint"):
            SomaConfig.from_dict({**stored, "joint": config is SMALL})


def test_an_unknown_variant_is_refused():
    with pytest.raises(BadInput, match=r"variant is one of no-fge, .*got 'sobel'"):
        build(TINY, "sobel")


def test_config_survives_json_and_refuses_nonsense():
    import json

    again = SomaConfig.from_dict(json.loads(json.dumps(MEDIUM.to_dict())))
    assert again == MEDIUM
    with pytest.raises(ValueError, match="unknown architecture keys: width"):
        SomaConfig.from_dict({"width": 3})


def test_folded_norms_leave_the_features_as_they_are():
    torch.manual_seed(1)
    net = Soma(TINY).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -1, 1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 2)
            torch.nn.init.uniform_(module.bias, -1, 1)
    folded = copy.deepcopy(net)
    fold(folded)
    torch.nn.init.normal_(net.ground.out.weight)
    folded.ground.out.load_state_dict(net.ground.out.state_dict())
    before, after = (encode(n, *scene()) for n in (net, folded))
    for a, b in zip(before.levels, after.levels, strict=True):
        assert torch.allclose(a, b, atol=1e-4 * float(a.abs().max()))
    theta, kinds = identity(1, torch.device("cpu")), ("sar", "optical")
    with torch.inference_mode():
        a, b = (
            n.ground(side, side, theta, kinds)[0].ground
            for n, side in ((net, before), (folded, after))
        )
    assert (a - before.ground).abs().mean() > 0.1
    assert torch.allclose(a, b, atol=1e-4 * float(a.abs().max()))
    assert len(folded.state_dict()) < len(net.state_dict())


def test_score_alone_is_that_of_the_whole_stage(net):
    mov, ref = (encode(net, *scene(seed=seed)) for seed in (0, 1))
    start = identity(1, torch.device("cpu"))
    start[:, :, 2] = torch.tensor([3.0, -2.0])
    with torch.inference_mode():
        for index in range(3):
            whole = net.refine(mov, ref, start, (index,))[0].score
            alone = net.score(mov, ref, unmoved(start, mov), index)
            assert torch.equal(whole, alone)
