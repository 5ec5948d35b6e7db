"""Pictures and points as reports show them."""

import numpy as np
from soma.core.products.report_figures import ReportPoints
from soma.core.products.report_pictures import Pictures


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
