import numpy as np
import pytest
from soma.core.raster.stretch import Stretch, default_bands, fit_stretch, sar_kind

RNG = np.random.default_rng(0)
SCENE = 10 ** (RNG.normal(-11, 4, 60_000) / 10)
POWER = (SCENE * RNG.exponential(1.0, SCENE.size)).astype(np.float32)


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        (10 * np.log10(POWER), "float32", "dB"),
        (POWER, "float32", "power"),
        (np.sqrt(POWER) * 300, "uint16", "amplitude"),
        (np.sqrt(POWER) * 300, "float32", "amplitude"),
        (np.clip(SCENE / SCENE.max(), 0, 1), "float32", "power"),
        (np.clip(128 + 8 * np.log10(POWER) * 5, 1, 255), "uint8", "display"),
        (np.clip(POWER / POWER.max() * 255, 0, 255).round(), "uint8", "amplitude"),
    ],
)
def test_kinds_of_sar_values(values, dtype, kind):
    assert sar_kind(values.astype(np.float32), dtype) == kind


def test_power_amplitude_and_decibel_look_the_same():
    power = fit_stretch(POWER, "sar", "float32")(POWER)
    amplitude = np.sqrt(POWER) * 300
    as_amplitude = fit_stretch(amplitude, "sar", "float32")(amplitude)
    decibel = 10 * np.log10(POWER)
    as_decibel = fit_stretch(decibel, "sar", "float32")(decibel)
    np.testing.assert_allclose(power, as_amplitude, atol=1e-3)
    np.testing.assert_allclose(power, as_decibel, atol=1e-2)


def test_stretch_fills_zero_to_one():
    values = RNG.normal(1000, 100, 50_000).astype(np.float32)
    out = fit_stretch(values, "optical", "uint16")(values)
    assert out.dtype == np.float32
    assert out.min() == 0 and out.max() == 1
    assert 0.005 < (out == 0).mean() < 0.015
    assert 0.005 < (out == 1).mean() < 0.015


def test_hazy_images_get_their_contrast_back():
    values = RNG.normal(240, 2, 10_000).astype(np.float32)
    out = fit_stretch(values, "optical", "uint8")(values)
    assert out.std() > 0.2


@pytest.mark.parametrize("modality", ["sar", "optical"])
@pytest.mark.parametrize("value", [0.0, 5.0, 1e9])
def test_constant_images_stay_finite(modality, value):
    values = np.full(100, value, np.float32)
    out = fit_stretch(values, modality, "float32")(values)
    assert np.isfinite(out).all() and out.min() >= 0 and out.max() <= 1


def test_zeros_do_not_spoil_the_logarithm():
    values = np.concatenate([POWER, np.zeros(100, np.float32)])
    out = fit_stretch(values, "sar", "float32")(values)
    assert np.isfinite(out).all() and (out[-100:] == 0).all()


def test_stretch_leaves_its_input_alone():
    values = np.array([[1.0, 2.0]], np.float32)
    Stretch("linear", 0, 4)(values)
    np.testing.assert_array_equal(values, [[1, 2]])


@pytest.mark.parametrize(
    ("count", "descriptions", "modality", "bands"),
    [
        (1, [""], "sar", (1,)),
        (2, ["VH", "VV"], "sar", (2,)),
        (2, ["Sigma0_HV", "Sigma0_HH"], "sar", (2,)),
        (2, ["", ""], "sar", (1,)),
        (1, [""], "optical", (1,)),
        (2, ["", ""], "optical", (1,)),
        (3, [""] * 3, "optical", (1, 2, 3)),
        (4, ["Blue", "Green", "Red", "NIR"], "optical", (3, 2, 1)),
        (13, [""] * 13, "optical", (4, 3, 2)),
        (12, [""] * 12, "optical", (4, 3, 2)),
        (13, [f"B{i}" for i in range(1, 14)], "optical", (4, 3, 2)),
        (5, ["B08", "B04", "B03", "B02", "SCL"], "optical", (2, 3, 4)),
        (4, ["Red edge", "Red", "Green", "Blue"], "optical", (2, 3, 4)),
        (7, [""] * 7, "optical", (1, 2, 3)),
    ],
)
def test_default_bands(count, descriptions, modality, bands):
    assert default_bands(range(1, count + 1), descriptions, modality) == bands
