"""The one way in: every front end builds a ``Job`` or plain arguments and calls here.

This is the single module of ``core`` that knows ``models``, by deferred imports,
so that everything but the networks works without torch.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Callable, Collection

from .base.environment import environment
from .base.errors import BadInput, ModelUnavailable
from .base.feedback import SILENT, Feedback
from .base.files import check_ending, output_file
from .base.input_files import unchanged
from .base.job import Job
from .base.memory import keep_freed
from .base.own_files import refuse_foreign
from .base.types import Result
from .base.words.message import Message
from .matching.gradient import GradientMatcher
from .matching.protocol import Matcher
from .matching.tally import BESIDE, Tally
from .pipeline.cascade import Cascade
from .pipeline.match import assess_pair, match_pair
from .pipeline.place import Placed, place
from .pipeline.preflight import plan
from .pipeline.register import register as run_pipeline
from .products.apply import apply, fits
from .products.compare import compare_rasters
from .products.describe import describe as info
from .products.match_files import (
    MatchAnswer,
    check_match_outputs,
    write_match,
    write_match_points,
)
from .products.output_warp import output_grid
from .products.write_all import FILES as OUTPUTS
from .simulate import OpticalFormat, SarFormat, simulate_pair

keep_freed()

#: What the matcher without a network is called.
GRADIENT = GradientMatcher.name

__all__ = [
    "OUTPUTS",
    "MatchAnswer",
    "Matcher",
    "OpticalFormat",
    "Placed",
    "SarFormat",
    "apply",
    "assess",
    "check_match_outputs",
    "check_model",
    "chosen_model",
    "compare",
    "environment",
    "fits",
    "info",
    "load_matcher",
    "match",
    "models",
    "output_grid",
    "place",
    "plan",
    "register",
    "simulate",
    "write_match",
    "write_match_points",
]


def load_matcher(job: Job, at_once: bool = False) -> Matcher:
    """Return the matcher that a job asks for.

    Args:
        job: ``auto`` takes the gradient matcher, and for tiles that it leaves unsure
            the best network that can run, loaded when it is first needed; that alone
            where weights or an accelerator are asked for.
        at_once: somebody waits for every answer: ``auto`` takes the gradient
            matcher, which answers a click several times as fast, though fewer of
            the hard ones, unless weights or an accelerator are asked for.

    Raises:
        BadInput: unknown names or weights.
        ModelUnavailable: a network that was asked for cannot run.
    """
    name = chosen_model(job)
    if at_once and job.model == "auto" and not _asks_for_network(job):
        name = GRADIENT
    if name == GRADIENT:
        if job.weights:
            raise BadInput.of("gradient_has_no_weights")
        return GradientMatcher(job.threads)
    from ..models import registry

    first, _, network = name.partition(BESIDE)
    if first != GRADIENT or not network:
        return registry.load_matcher(name, job.device, job.weights, job.threads)
    registry.require(network, job.weights)
    load = partial(registry.load_matcher, network, job.device, job.weights, job.threads)
    if job.model == "auto":
        load = partial(_if_it_starts, load)
    return Cascade(GradientMatcher(job.threads), load, network)


def _if_it_starts(load: Callable[[], Matcher]) -> Matcher | None:
    """Load a network that nobody asked for; None where it does not start.

    The result names what was used instead.
    """
    try:
        return load()
    except ModelUnavailable:
        return None


def _asks_for_network(job: Job) -> bool:
    return bool(job.weights) or job.device not in ("auto", "cpu")


def models(check: bool = False) -> list[dict[str, Any]]:
    """Return every model: name, state ("ready" or what is missing), card, automatic,
    and as code and values what is missing (``message``) and what it is (``about``).

    Args:
        check: load each that could run, to tell what is broken.
    """
    from ..models import registry

    about = Message("about_gradient")
    gradient: dict[str, Any] = {
        "name": GRADIENT,
        "state": "ready",
        "card": str(about),
        "automatic": True,
        "message": {},
        "about": about.to_dict(),
    }
    return [gradient] + [asdict(info) for info in registry.available(check)]


def chosen_model(job: Job) -> str:
    """Return the name of the model that ``load_matcher`` takes; loads nothing.

    Two names joined by "+" are a cascade.
    """
    if job.model != "auto":
        return job.model
    from ..models import registry

    best = registry.best()
    if _asks_for_network(job):
        return best or next(iter(registry.MODELS))
    return f"{GRADIENT}{BESIDE}{best}" if best else GRADIENT


def check_model(job: Job) -> None:
    """Raise ``BadInput`` for a model or weights that are nowhere; loads nothing."""
    first, _, network = chosen_model(job).partition(BESIDE)
    if first == GRADIENT and not network:
        if job.weights:
            raise BadInput.of("gradient_has_no_weights")
        return
    from ..models import registry

    registry.check_asked(network or first, job.weights)


def register(
    job: Job,
    feedback: Feedback = SILENT,
    matcher: Matcher | None = None,
    folder: str = "",
    only: Collection[str] = (),
) -> Result:
    """Register the job's images and write everything; see ``core.pipeline``.

    Args:
        job: what to do.
        feedback: progress and cancel.
        matcher: one that is loaded already, None to load the job's.
        folder: where the files appear in place of ``job.out``, to be moved there.
        only: roles of the files that are wanted (``OUTPUTS``), all if not given.
    """
    return run_pipeline(job, matcher or load_matcher(job), feedback, folder, only)


def match(
    job: Job, feedback: Feedback = SILENT, matcher: Matcher | None = None
) -> MatchAnswer:
    """Find tie points and a transform, in pixels of the two files."""
    with unchanged(job.inputs):
        return match_pair(job, Tally(matcher or load_matcher(job)), feedback)


def compare(
    a: str,
    b: str,
    out: str,
    mode: Any = "checkerboard",
    cell_px: int = 64,
    feedback: Feedback = SILENT,
    overwrite: bool = False,
) -> None:
    """Write a picture that compares two rasters; see ``core.products.compare``.

    A file that this program did not write is not replaced, unless ``overwrite``.
    """
    refuse_foreign([Path(out)], overwrite)
    with output_file(out, [a, b], overwrite) as part:
        check_ending(out, [".tif", ".tiff"])
        compare_rasters(a, b, part, mode, cell_px, feedback=feedback)


def assess(
    job: Job, feedback: Feedback = SILENT, matcher: Matcher | None = None
) -> dict[str, Any]:
    """Say how well the job's two rasters are aligned right now."""
    with unchanged(job.inputs):
        return assess_pair(job, Tally(matcher or load_matcher(job)), feedback)


def simulate(out: str, feedback: Feedback = SILENT, **options: Any) -> list[str]:
    """Write a simulated pair with its truth; see ``core.simulate``."""
    return list(simulate_pair(out, feedback=feedback, **options).values())
