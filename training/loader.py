"""Batches of samples, in order, made by as many processes as there are to spare."""

from __future__ import annotations

from typing import Iterator, Sequence

import cv2
import torch

from .data import PairSampler, Sample


def batches(
    sampler: PairSampler, first: int, count: int, sizes: Sequence[int], workers: int
) -> Iterator[Sample]:
    """Yield batches for ever, from sample ``first`` on, made by ``workers`` processes.

    Batch ``b`` has crops of side ``sizes[b % len(sizes)]``.
    """
    dataset = _Batches(sampler, first, count, tuple(sizes))
    loader = torch.utils.data.DataLoader(
        dataset,
        batch_size=None,
        num_workers=workers,
        pin_memory=torch.cuda.is_available(),
        prefetch_factor=4 if workers else None,
    )
    yield from loader


class _Batches(torch.utils.data.Dataset):
    """Batches by number, so that worker processes can share the work in order."""

    def __init__(
        self, sampler: PairSampler, first: int, count: int, sizes: tuple[int, ...]
    ):
        self.sampler, self.first, self.count, self.sizes = sampler, first, count, sizes

    def __len__(self) -> int:
        return 10**9

    def __getitem__(self, index: int) -> Sample:
        cv2.setNumThreads(1)
        start = self.first + index * self.count
        size = self.sizes[(start // self.count) % len(self.sizes)]
        return self.sampler.batch(start, self.count, size)
