"""What the dock's form says, as plain values that may cross threads."""

from __future__ import annotations

from dataclasses import dataclass

from ..qt.i18n import tr
from ..qt.settings import Settings
from .area import Area
from .inputs import RasterInput


@dataclass(frozen=True)
class Choice:
    """What the form says, as plain values.

    Args:
        sar: the SAR layer, None when none is chosen.
        optical: the optical layer, None when none is chosen.
        sar_band: 1-based, 0 for automatic.
        optical_band: the same for the optical layer.
        area: where to match.
        settings: all other choices.
    """

    sar: RasterInput | None
    optical: RasterInput | None
    sar_band: int
    optical_band: int
    area: Area
    settings: Settings

    @property
    def moving(self) -> RasterInput | None:
        """Return the raster that is warped."""
        return self.sar if self.settings.moving == "sar" else self.optical

    @property
    def reference(self) -> RasterInput | None:
        """Return the raster that stays as it is."""
        return self.optical if self.settings.moving == "sar" else self.sar

    def problem(self) -> str:
        """Return why this cannot run, "" when it can."""
        if self.sar is None:
            return tr("Add a SAR raster to the project and choose it.")
        if self.optical is None:
            return tr("Add an optical raster to the project and choose it.")
        if self.sar.layer_id == self.optical.layer_id:
            return tr("Both choices are the same layer; choose two different ones.")
        if self.settings.moving == "optical" and not self.optical.path:
            return tr(
                "An online map cannot be moved; let the SAR image be the one that "
                "moves."
            )
        for raster in (self.sar, self.optical):
            if not raster.path and not raster.crs:
                return tr("{name} has no CRS.").format(name=raster.name)
        return self.area.problem
