"""The Processing provider: the list of algorithms."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ...core.base.about import TITLE, VERSION
from ..engine.engine import Engine
from ..qt.icons import icon
from .apply_transform import ApplyTransform
from .assess import AssessAlignment
from .checkerboard import Checkerboard
from .match_points import MatchPoints
from .register import Register
from .register_many import RegisterMany

ALGORITHMS = (
    *(Register, RegisterMany, MatchPoints, ApplyTransform, Checkerboard),
    AssessAlignment,
)


class SomaProvider(QgsProcessingProvider):
    """Algorithms that share one engine.

    Args:
        engine: what they ask.
    """

    def __init__(self, engine: Engine):
        super().__init__()
        self.engine = engine

    def id(self) -> str:
        """Return the prefix of the algorithms' names."""
        return "soma"

    def name(self) -> str:
        """Return the name in the toolbox."""
        return TITLE

    def longName(self) -> str:
        """Return the name with version."""
        return f"{TITLE} {VERSION}"

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return icon("soma")

    def loadAlgorithms(self) -> None:
        """Add every algorithm."""
        for kind in ALGORITHMS:
            self.addAlgorithm(kind(self.engine))
