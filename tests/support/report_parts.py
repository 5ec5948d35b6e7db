"""Pictures and points as reports show them."""

import numpy as np
from soma.core.base.types import Result
from soma.core.products.report import ReportData
from soma.core.products.report_figures import ReportPoints
from soma.core.products.report_pictures import Pictures

#: What a registration did, and the transforms that were compared.
MOVED = {
    "right_px": -33.4,
    "down_px": -33.4,
    "distance_px": 47.2,
    "reach_px": 300.0,
    "bent_px": 0.0,
    "rotation_deg": 1.2,
    "scale": 1.0,
    "direction": "NW",
    "distance_m": 472.3,
}
COMPARED = [
    {"kind": "shift", "outcome": "simplest", "error_px": 8.0},
    {
        "kind": "affine",
        "outcome": "better",
        "error_px": 0.4,
        "rival": "shift",
        "rival_px": 8.0,
        "needed_px": 7.76,
    },
    {
        "kind": "tps",
        "outcome": "gain_too_small",
        "error_px": 0.27,
        "rival": "affine",
        "rival_px": 0.4,
        "needed_px": 0.2,
    },
]


def pictures(after=True, size=(120, 200)):
    rng = np.random.default_rng(1)
    ok = np.ones(size, bool)
    return Pictures(
        ref=rng.integers(0, 255, (*size, 3), np.uint8),
        before=rng.integers(0, 255, size, np.uint8),
        ref_ok=ok,
        before_ok=ok,
        after=rng.integers(0, 255, size, np.uint8) if after else None,
        after_ok=ok if after else None,
        origin_xy=(100.0, 50.0),
        step_px=2.0,
    )


def points(count=60):
    rng = np.random.default_rng(2)
    ref = np.array([100.0, 50.0]) + rng.uniform(0, [400, 240], (count, 2))
    left = rng.normal(0, 0.5, (count, 2))
    return ReportPoints(
        ref + np.array([9, -4]) + left, ref, left, np.arange(count) % 5 != 0
    )


def accepted(**changes):
    quality = {
        "expected_error_px": 0.4,
        "median_px": 0.629,
        "ce90_px": 1.55,
        "rmse_px": 0.5,
        "n_inliers": 48,
        "n_matches": 60,
        "coverage_share": 1.0,
        "gsd_m": changes.get("gsd_m", 10.0),
        "log10_chance": -23.0,
        "before": {"median_px": 12.34, "ce90_px": 14.0},
        "moved": MOVED,
        "compared": COMPARED,
    }
    result = Result(
        "ok",
        "An affine is enough.",
        "",
        "gradient",
        "affine",
        quality,
        {"registered": "registered.tif"},
        {"match": 1.5, "total": 2.5},
    )
    values = {
        "result": result,
        "moving": "sar.tif",
        "reference": "optical.tif",
        "made": "2025-01-31 12:00",
        "gsd_m": 10.0,
        "points": points(),
        "overview": pictures(),
        "detail": pictures(),
        "settings": {"search": "near", "sar_bands": (1, 2), "aoi": None},
        "versions": {"SOMA": "1.2.3"},
    }
    return ReportData(**values | changes)
