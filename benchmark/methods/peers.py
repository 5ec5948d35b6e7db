"""Other people's methods, each in a plain, documented configuration.

None of the packages used here is needed by the product.
"""

from __future__ import annotations

from typing import Callable

import cv2
import numpy as np

from ...core.base.types import Search
from .arosics_peer import Arosics
from .estimate import Estimate, Method, fit_affine, grey


def identity(ref: np.ndarray, mov: np.ndarray, search: Search, dense: bool) -> Estimate:
    """Leave the moving image where it is."""
    return Estimate(np.eye(3))


def sift(ref: np.ndarray, mov: np.ndarray, search: Search, dense: bool) -> Estimate:
    """Match OpenCV's SIFT by mutual nearest neighbours with a ratio of 0.9."""
    detector = cv2.SIFT_create(nfeatures=4000)
    ref_points, ref_codes = detector.detectAndCompute(grey(ref), None)
    mov_points, mov_codes = detector.detectAndCompute(mov, None)
    if ref_codes is None or mov_codes is None or min(len(ref_codes), 2) < 2:
        return Estimate(reason="no keypoints", figures={"inliers": 0})
    matcher = cv2.BFMatcher()
    back = {m.queryIdx: m.trainIdx for m in matcher.match(ref_codes, mov_codes)}
    pairs = [
        (first.queryIdx, first.trainIdx)
        for first, second in matcher.knnMatch(mov_codes, ref_codes, k=2)
        if first.distance < 0.9 * second.distance
        and back[first.trainIdx] == first.queryIdx
    ]
    # OpenCV puts 0 at the centre of the first pixel.
    mov_xy = np.array([mov_points[i].pt for i, _ in pairs]).reshape(-1, 2) + 0.5
    ref_xy = np.array([ref_points[j].pt for _, j in pairs]).reshape(-1, 2) + 0.5
    return fit_affine(mov_xy, ref_xy)


def phase(ref: np.ndarray, mov: np.ndarray, search: Search, dense: bool) -> Estimate:
    """Correlate phases with scikit-image: one shift, to 1/20 px."""
    from skimage.registration import phase_cross_correlation

    shift, error, _ = phase_cross_correlation(
        _windowed(grey(ref)), _windowed(mov), upsample_factor=20
    )
    matrix = np.eye(3)
    matrix[:2, 2] = shift[::-1]
    return Estimate(matrix, figures={"error": float(error)})


def _windowed(image: np.ndarray) -> np.ndarray:
    pixels = image.astype(np.float32) - image.mean()
    window = cv2.createHanningWindow(image.shape[::-1], cv2.CV_32F)
    return pixels * window


def mutual_information(
    ref: np.ndarray, mov: np.ndarray, search: Search, dense: bool
) -> Estimate:
    """Maximise Mattes mutual information with SimpleITK: affine from identity."""
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(2)
    # The transform maps "fixed" to "moving" points, so the names swap here.
    fixed = sitk.GetImageFromArray(mov.astype(np.float32))
    moving = sitk.GetImageFromArray(grey(ref).astype(np.float32))
    for image in (fixed, moving):
        image.SetOrigin((0.5, 0.5))
    start = sitk.AffineTransform(2)
    start.SetCenter((mov.shape[1] / 2, mov.shape[0] / 2))
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(0.25, 1)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 1e-3, 200, 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([2, 1, 0.5])
    method.SetInitialTransform(start, True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError as error:
        return Estimate(reason=str(error).strip().splitlines()[-1])
    turn = np.array(start.GetMatrix()).reshape(2, 2)
    centre = np.array(start.GetCenter())
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = np.array(start.GetTranslation()) + centre - turn @ centre
    return Estimate(matrix, figures={"metric": float(method.GetMetricValue())})


PEERS: dict[str, Callable[[], Method]] = {
    "identity": lambda: identity,
    "sift": lambda: sift,
    "arosics": Arosics,
    "mutual-information": lambda: mutual_information,
    "phase": lambda: phase,
}
