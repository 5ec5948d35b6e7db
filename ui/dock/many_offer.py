"""An offer to register many: for the images that are selected in the layer tree."""

from __future__ import annotations

from qgis.core import QgsRasterLayer
from qgis.gui import QgsLayerTreeView
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QPushButton, QWidget

from ..layers.inputs import is_file, looks_like_sar
from ..layers.provenance import is_made
from ..qt.i18n import tr

#: Two images are a pair, which the dock itself registers.
_LEAST = 3


class ManyOffer(QPushButton):
    """Shown while more than two images of both kinds are selected.

    ``wanted`` brings the ids of the SAR and of the optical layers.
    """

    wanted = pyqtSignal(list, list)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._tree: QgsLayerTreeView | None = None
        self.hide()
        self.clicked.connect(lambda: self.wanted.emit(*self._ids()))

    def follow(self, tree: QgsLayerTreeView) -> None:
        """Follow what is selected there from now on."""
        self._tree = tree
        tree.selectionModel().selectionChanged.connect(self._selected)
        self._selected()

    def _selected(self, *_: object) -> None:
        sars, opticals = self._ids()
        count = len(sars) + len(opticals)
        self.setText(tr("Register the {n} selected images…").format(n=count))
        self.setVisible(count >= _LEAST and bool(sars) and bool(opticals))

    def _ids(self) -> tuple[list[str], list[str]]:
        sars: list[str] = []
        opticals: list[str] = []
        for layer in self._tree.selectedLayers() if self._tree is not None else ():
            if not isinstance(layer, QgsRasterLayer) or not is_file(layer):
                continue
            if not is_made(layer):
                (sars if looks_like_sar(layer) else opticals).append(layer.id())
        return sars, opticals
