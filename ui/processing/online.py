"""Online maps in algorithms: drawn where the algorithm runs, which waits for it."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsRasterLayer
from qgis.PyQt.QtCore import QEventLoop, QTimer

from ...core.base.errors import BadInput, Cancelled
from ...core.base.feedback import Feedback
from ..layers.area import Area
from ..layers.job import Rendered, write_rendered
from ..layers.online_map import Picture, Renderer, picture_under
from ..qt.i18n import tr

#: How often a cancel is looked for, in milliseconds.
_LOOK_EVERY_MS = 50


def drawn_reference(
    sar: QgsRasterLayer,
    online: QgsRasterLayer,
    area: Area,
    scratch: Path,
    feedback: Feedback,
) -> str:
    """Draw an online map to the pixels that a SAR layer needs; returns the file.

    Args:
        sar: the SAR layer.
        online: the map; a copy of it is drawn, so that it may be removed meanwhile.
        area: where to match.
        scratch: folder for the file.
        feedback: asked for a cancel.

    Raises ``BadInput`` when it cannot be drawn, and ``Cancelled``.
    """
    picture, problem = picture_under(sar, online, area)
    if picture is None:
        raise BadInput(problem)
    feedback.setProgressText("Drawing the online map")
    rendered = _drawn(picture, online.clone(), feedback)
    scratch.mkdir(parents=True, exist_ok=True)
    return write_rendered(rendered, scratch)


def _drawn(picture: Picture, layer: QgsRasterLayer, feedback: Feedback) -> Rendered:
    """Draw a picture; the thread's own event loop goes on meanwhile."""
    loop, renderer, timer = QEventLoop(), Renderer(), QTimer()
    found: list[tuple[Rendered | None, str]] = []

    def done(rendered: Rendered | None, problem: str) -> None:
        found.append((rendered, problem))
        loop.quit()

    def look() -> None:
        if feedback.isCanceled():
            loop.quit()

    timer.timeout.connect(look)
    timer.start(_LOOK_EVERY_MS)
    renderer.draw(picture, layer, done)
    loop.exec()
    timer.stop()
    if not found:
        if renderer.cancel(ended=loop.quit):
            loop.exec()
        raise Cancelled(tr("Stopped; no output was written."))
    rendered, problem = found[0]
    if rendered is None:
        raise BadInput(problem)
    return rendered
