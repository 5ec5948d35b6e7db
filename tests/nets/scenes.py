"""Made images for the tests of the networks."""

import csv

import cv2
import numpy as np
from scipy import ndimage
from soma.training.layouts import read_pairs_csv
from soma.training.pack import pack


def smooth_image(seed, size):
    """Smooth noise, uint8: no two places look alike."""
    rng = np.random.default_rng(seed)
    image = ndimage.gaussian_filter(rng.normal(size=(size, size)), 3.0, mode="wrap")
    image = (image - image.min()) / np.ptp(image)
    return (255 * image).astype(np.uint8)


def patchwork(seed, size):
    """Fields in random grey values, and the same fields as seen by another sensor.

    Returns two (size, size) uint8 images that share edges, not brightness; the
    second carries single-look speckle in log intensity, stronger than its edges.
    """
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(0, size, (size // 6, 2))
    grid = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1)
    label = np.full((size, size), 0)
    nearest = np.full((size, size), np.inf)
    for k, point in enumerate(seeds):
        distance = np.abs(grid - point).sum(axis=-1)
        label[distance < nearest] = k
        nearest = np.minimum(nearest, distance)
    optical = rng.uniform(40, 215, len(seeds))[label]
    sar = rng.uniform(90, 165, len(seeds))[label]
    speckle = np.log(rng.gamma(1.0, 1.0, (size, size)))
    both = optical + rng.normal(0, 3, optical.shape), sar + 40 * speckle
    return tuple(np.clip(b, 0, 255).astype(np.uint8) for b in both)


def packed_pairs(root, count, size):
    """Write patchworks of both sensors, through the packer; returns the pack."""
    rows = []
    for k in range(count):
        optical, sar = patchwork(k, size)
        cv2.imwrite(str(root / f"o{k}.png"), optical)
        cv2.imwrite(str(root / f"s{k}.png"), sar)
        rows.append([f"s{k}.png", f"o{k}.png", "made"])
    with open(root / "pairs.csv", "w", newline="") as file:
        csv.writer(file).writerows([["sar", "optical", "source"], *rows])
    pack(read_pairs_csv(root / "pairs.csv"), root / "pack")
    return root / "pack"
