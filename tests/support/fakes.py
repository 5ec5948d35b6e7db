"""Stand-ins for tests: a matcher that knows the truth, and scripted feedback."""

import threading

import numpy as np
from soma.core.base.feedback import SILENT, check
from soma.core.base.grid import apply_affine
from soma.core.base.types import Matches, TileMatch


class FakeMatcher:
    """Return points of a known transform of working pixels, noisy, with outliers."""

    name = "fake"
    tile_px = 128
    batch = 2

    def __init__(self, truth, noise_px=0.1, outliers=0.2, spacing_px=12, reason=""):
        self.truth, self.noise_px, self.outliers = truth, noise_px, outliers
        self.spacing_px, self.reason = spacing_px, reason
        self.rng = np.random.default_rng(0)

    def match(self, pairs, search, feedback=SILENT):
        check(feedback)
        return [self._one(pair) for pair in pairs]

    def _one(self, pair):
        if self.reason:
            return TileMatch(Matches.empty(), reason=self.reason)
        height, width = pair.mov.pixels.shape
        axes = (
            np.arange(self.spacing_px / 2, n, self.spacing_px) for n in (width, height)
        )
        mov = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
        working = self.truth(apply_affine(pair.mov.to_working, mov))
        ref = apply_affine(np.linalg.inv(pair.ref.to_working), working)
        ref += self.rng.normal(0, self.noise_px, ref.shape)
        wrong = self.rng.random(len(ref)) < self.outliers
        ref[wrong] += self.rng.uniform(-30, 30, (wrong.sum(), 2))
        rows, cols = pair.ref.pixels.shape
        inside = ((ref >= 0) & (ref < (cols, rows))).all(axis=1)
        confidence = np.where(wrong, 0.5, 0.9).astype(np.float32)
        return TileMatch(Matches(mov, ref, confidence).take(inside))


class CountingFeedback:
    """Cancels at the ``stop_at``-th question, and remembers the stages."""

    def __init__(self, stop_at=None):
        self.stop_at, self.asked, self.lock = stop_at, 0, threading.Lock()
        self.stages, self.percents = [], []

    def setProgress(self, percent):
        self.percents.append(percent)

    def setProgressText(self, text):
        self.stages.append(text)

    def isCanceled(self):
        with self.lock:
            self.asked += 1
        return self.stop_at is not None and self.asked >= self.stop_at
