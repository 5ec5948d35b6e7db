"""What a saved project keeps of the form: the pair, bands, which moves, the area."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtXml import QDomDocument

from .form import JobForm

_SCOPE, _ENTRY = "soma", "/pair"


class ProjectState(QObject):
    """Writes a form's choices into the project when it is saved, and reads them.

    Args:
        form: the choices.
    """

    def __init__(self, form: JobForm):
        super().__init__(form)
        self._form = form
        project = QgsProject.instance()
        project.writeProject.connect(self._write)
        project.readProject.connect(self.read)

    def close_down(self) -> None:
        """Let go of the project; for the end of the plugin."""
        project = QgsProject.instance()
        project.writeProject.disconnect(self._write)
        project.readProject.disconnect(self.read)

    def read(self, document: QDomDocument | None = None) -> None:
        """Choose what the project was saved with, as far as it is still there."""
        project = QgsProject.instance()
        kept = parsed(project.readEntry(_SCOPE, _ENTRY)[0])
        form = self._form
        layers = [project.mapLayer(kept.get(name, "")) for name in ("sar", "optical")]
        if None in layers:
            return
        form.sar.setLayer(layers[0])
        form.optical.setLayer(layers[1])
        form.sar_band.setBand(kept.get("sar_band", -1))
        form.optical_band.setBand(kept.get("optical_band", -1))
        form.moving.setCurrentIndex(max(form.moving.findData(kept.get("moving")), 0))
        form.area.restore(kept.get("area", {}))

    def _write(self, document: QDomDocument) -> None:
        form, project = self._form, QgsProject.instance()
        sar, optical = form.sar.currentLayer(), form.optical.currentLayer()
        if sar is None or optical is None:
            project.removeEntry(_SCOPE, _ENTRY)
            return
        kept: dict[str, Any] = {
            "sar": sar.id(),
            "optical": optical.id(),
            "sar_band": form.sar_band.currentBand(),
            "optical_band": form.optical_band.currentBand(),
            "moving": form.moving.currentData(),
            "area": form.area.kept(),
        }
        project.writeEntry(_SCOPE, _ENTRY, json.dumps(kept))


def parsed(text: str) -> dict[str, Any]:
    """Return what an entry holds, {} for nonsense: any version may have written it."""
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}
