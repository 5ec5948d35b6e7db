"""What each value of a choice is called; the keys are the engine's own words."""

from __future__ import annotations

from ..qt.i18n import tr


def moving() -> dict[str, str]:
    """Return which of the two rasters is warped."""
    return {"sar": tr("SAR, onto optical"), "optical": tr("Optical, onto SAR")}


def models() -> dict[str, str]:
    """Return what finds the matches."""
    return {
        "auto": tr("Automatic"),
        "gradient": tr("Hand-made, needs no torch"),
        "soma": tr("Network, needs torch"),
        "lightglue": tr("LightGlue, to compare with; needs torch and kornia"),
        "superglue": tr("SuperGlue, to compare with; needs torch"),
        "loftr": tr("LoFTR, to compare with; needs torch and kornia"),
        "osrnet": tr("OSR-Net, to compare with; needs torch"),
    }


def devices() -> dict[str, str]:
    """Return what the network runs on."""
    return {
        "auto": tr("Automatic"),
        "cpu": tr("Processor (CPU)"),
        "cuda": tr("NVIDIA graphics card (CUDA)"),
        "mps": tr("Apple graphics (MPS)"),
    }


def searches() -> dict[str, str]:
    """Return how far from its present place the moving raster is looked for."""
    return {
        "auto": tr("Automatic"),
        "near": tr("Near: trust the georeference"),
        "any": tr("Anywhere: any rotation and place"),
    }


def efforts() -> dict[str, str]:
    """Return how much of a large overlap is matched."""
    return {
        "quick": tr("Quick: few tiles"),
        "normal": tr("Normal: tiles by need"),
        "thorough": tr("Thorough: all tiles"),
    }


def shift_units() -> dict[str, str]:
    """Return the units of the largest shift."""
    return {"px": tr("pixels"), "m": tr("metres")}


def grids() -> dict[str, str]:
    """Return on which pixels the result is written."""
    return {
        "reference": tr("Pixels of the reference"),
        "own": tr("Its own pixels"),
        "size": tr("Pixels of this size"),
    }


def resamplings() -> dict[str, str]:
    """Return how pixels are interpolated."""
    return {
        "nearest": tr("Nearest neighbour (classes)"),
        "bilinear": tr("Bilinear"),
        "cubic": tr("Cubic"),
        "lanczos": tr("Lanczos"),
        "average": tr("Average (much coarser output)"),
    }


def comparisons() -> dict[str, str]:
    """Return how two rasters are put into one picture."""
    return {
        "checkerboard": tr("Checkerboard"),
        "swipe": tr("Swipe left and right"),
        "blend": tr("Blend"),
        "redcyan": tr("Red and cyan"),
    }
