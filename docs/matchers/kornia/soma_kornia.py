"""kornia's LoFTR and LightGlue as matchers of SOMA; see ``docs/matchers.md``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from kornia.feature import DISK, LightGlue, LoFTR
from soma.core.base.errors import ModelUnavailable
from soma.core.base.types import Matches, Search, Tile, TileMatch, TilePair
from torch import Tensor

#: Matches that the network is less sure of say nothing, and most keypoints of a tile.
LEAST_CONFIDENCE, KEYPOINTS = 0.2, 1024


class KorniaMatcher:
    """Two tiles in, their matches out; SOMA answers for all that surrounds it."""

    tile_px, batch = 512, 1

    def __init__(self, find: Callable, device: torch.device):
        self._find, self._device = find, device

    def match(
        self, pairs: list[TilePair], search: Search, feedback: object = None
    ) -> list[TileMatch]:
        """Match each pair; the moving tile to the reference, in pixels of the tiles."""
        return [TileMatch(self._matches(pair.mov, pair.ref)) for pair in pairs]

    @torch.inference_mode()
    def _matches(self, *tiles: Tile) -> Matches:
        images = [torch.from_numpy(t.pixels * t.valid)[None, None] for t in tiles]
        mov_xy, ref_xy, sure = self._find(*(i.float().to(self._device) for i in images))
        # The centre of the first pixel is (0, 0) for kornia and (0.5, 0.5) for SOMA.
        mov_xy, ref_xy = (xy.cpu().numpy() + 0.5 for xy in (mov_xy, ref_xy))
        sure = sure.cpu().numpy().astype(np.float32).clip(0, 1)
        good = sure >= LEAST_CONFIDENCE
        return Matches(mov_xy.astype(float), ref_xy.astype(float), sure).take(good)


def loftr(device: str, weights: str, threads: int) -> KorniaMatcher:
    """Return LoFTR; ``weights`` is a file, "" for what kornia downloads."""
    net, place = _made(lambda w: LoFTR(w), "outdoor", weights), _device(device, threads)
    net = net.eval().to(place)

    def find(mov: Tensor, ref: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        found = net({"image0": mov, "image1": ref})
        return found["keypoints0"], found["keypoints1"], found["confidence"]

    return KorniaMatcher(find, place)


def lightglue(device: str, weights: str, threads: int) -> KorniaMatcher:
    """Return LightGlue on DISK keypoints; it always takes what kornia downloads."""
    place = _device(device, threads)
    disk = _made(lambda w: DISK.from_pretrained(w), "depth", "").to(place)
    net = _made(lambda w: LightGlue(w), "disk", "").eval().to(place)

    def find(mov: Tensor, ref: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        sides = []
        for image in (mov, ref):
            seen = disk(image.repeat(1, 3, 1, 1), KEYPOINTS, pad_if_not_divisible=True)[
                0
            ]
            size = torch.tensor([[image.shape[3], image.shape[2]]], device=place)
            keypoints, words = seen.keypoints[None], seen.descriptors[None]
            one = {"keypoints": keypoints, "descriptors": words, "image_size": size}
            sides.append(one)
        found = net({"image0": sides[0], "image1": sides[1]})
        index, sure = found["matches"][0], found["scores"][0]
        here, there = (side["keypoints"][0] for side in sides)
        return here[index[:, 0]], there[index[:, 1]], sure

    return KorniaMatcher(find, place)


def _made(make: Callable, name: str, weights: str) -> torch.nn.Module:
    if weights:
        net = make(None)
        kept = torch.load(weights, map_location="cpu", weights_only=True)  # noqa: TID251
        net.load_state_dict(kept.get("state_dict", kept))
        return net
    try:
        return make(name)
    except (OSError, RuntimeError) as error:  # kornia 0.9 raises the second
        raise ModelUnavailable(
            f"kornia's weights {name!r} are not in {torch.hub.get_dir()}/checkpoints "
            f"and could not be downloaded ({error}). Connect to the internet once, or "
            "put the file there; LoFTR's can be given with --weights instead."
        ) from error


def _device(name: str, threads: int) -> torch.device:
    if threads:
        torch.set_num_threads(threads)
    auto = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(auto if name == "auto" else name)
