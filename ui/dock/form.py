"""The dock's choices: widgets to plain values and back, nothing else."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import QgsProject, QgsRasterLayer
from qgis.gui import QgsMapCanvas, QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ..layers.area import AreaChooser
from ..layers.choice import Choice
from ..layers.inputs import RasterInput, guess_pair, is_file, other_providers, snapshot
from ..layers.provenance import is_picture
from ..qt.compat import raster_filter
from ..qt.i18n import tr
from ..qt.settings import Settings
from ..qt.widgets import (
    band_box,
    combo,
    explain,
    folder_box,
    form_layout,
    group_box,
    shrink,
)
from ..words import sentences, terms, tips
from .model_chooser import ModelChooser


class JobForm(QWidget):
    """Widgets for one registration."""

    changed = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, parent: QWidget | None = None):
        super().__init__(parent)
        project = QgsProject.instance()
        # Before there are boxes: they would have taken another layer already.
        project.layersWillBeRemoved.connect(self._layers_going)
        self.area = AreaChooser(canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._layers())
        self.method = group_box(tr("Method"))
        self.method.setLayout(self._method())
        self.output = group_box(tr("Output"))
        self.output.setLayout(self._output())
        column.addWidget(self.method)
        column.addWidget(self.output)
        self._base = Settings()
        for name, text in {**tips.layers(), **tips.method(), **tips.output()}.items():
            explain(getattr(self, name), text)
        self._connect()
        self._offer()
        # Results come into a group of their own, which is no news for the legend.
        project.layersAdded.connect(self._offer)
        project.legendLayersAdded.connect(self._layers_added)
        project.readProject.connect(self._layers_added)

    def choice(self) -> Choice:
        """Return what is chosen now."""
        return Choice(
            _raster(self.sar.currentLayer()),
            _raster(self.optical.currentLayer()),
            max(self.sar_band.currentBand(), 0),
            max(self.optical_band.currentBand(), 0),
            self.area.area(),
            self.settings(),
        )

    def settings(self) -> Settings:
        """Return the choices that are remembered."""
        return replace(
            self._base,
            moving=self.moving.currentData(),
            model=self.models.name(),
            device=self.device.currentData(),
            transform=self.transform.currentData(),
            search=self.search.currentData(),
            max_shift=self.max_shift.value(),
            max_shift_unit=self.max_shift_unit.currentData(),
            working_gsd=self.working_gsd.value(),
            effort=self.effort.currentData(),
            grid=self.grid.currentData(),
            pixel_size=self.pixel_size.value(),
            resampling=self.resampling.currentData(),
            out_folder=self.folder.filePath(),
            load_comparison=self.comparison.isChecked(),
            force=self.force.isChecked(),
            method_collapsed=self.method.isCollapsed(),
            output_collapsed=self.output.isCollapsed(),
        )

    def show_settings(self, settings: Settings) -> None:
        """Show remembered choices."""
        self._base = settings
        self.models.choose(settings.model)
        for box, value in (
            (self.moving, settings.moving),
            (self.device, settings.device),
            (self.transform, settings.transform),
            (self.search, settings.search),
            (self.max_shift_unit, settings.max_shift_unit),
            (self.effort, settings.effort),
            (self.grid, settings.grid),
            (self.resampling, settings.resampling),
        ):
            box.setCurrentIndex(max(box.findData(value), 0))
        self.max_shift.setValue(settings.max_shift)
        self.working_gsd.setValue(settings.working_gsd)
        self.pixel_size.setValue(settings.pixel_size)
        self.folder.setFilePath(settings.out_folder)
        self.comparison.setChecked(settings.load_comparison)
        self.force.setChecked(settings.force)
        self.method.setCollapsed(settings.method_collapsed)
        self.output.setCollapsed(settings.output_collapsed)
        self._follow()

    def close_down(self) -> None:
        """Let go of map and project; for the end of the plugin."""
        project = QgsProject.instance()
        project.layersAdded.disconnect(self._offer)
        project.legendLayersAdded.disconnect(self._layers_added)
        project.readProject.disconnect(self._layers_added)
        project.layersWillBeRemoved.disconnect(self._layers_going)
        self.area.close_down()

    def guess_layers(self) -> None:
        """Choose the project's likeliest pair, as far as there is one.

        Left to themselves the boxes would take whatever comes first.
        """
        sar, optical = guess_pair()
        self.sar.setLayer(sar)
        self.optical.setLayer(optical)

    def _layers(self) -> QFormLayout:
        self.sar = QgsMapLayerComboBox()
        self.optical = QgsMapLayerComboBox()
        for box in (self.sar, self.optical):
            box.setFilters(raster_filter())
            shrink(box)
        self.sar.setExcludedProviders(other_providers())
        self.sar_band, self.optical_band = band_box(), band_box()
        self.moving = _choice(terms.moving())
        form = form_layout()
        form.addRow(tr("SAR &layer"), self.sar)
        form.addRow(tr("&Band"), self.sar_band)
        form.addRow(tr("&Optical layer"), self.optical)
        form.addRow(tr("B&and"), self.optical_band)
        form.addRow(tr("&Which moves"), self.moving)
        form.addRow(tr("Ar&ea"), self.area)
        return form

    def _method(self) -> QFormLayout:
        self.models = ModelChooser()
        self.device = _choice(terms.devices())
        self.transform = _choice(sentences.transforms())
        self.search = _choice(terms.searches())
        self.max_shift = QDoubleSpinBox()
        self.max_shift.setRange(0, 1e6)
        self.max_shift.setDecimals(0)
        self.max_shift.setSpecialValueText(tr("automatic"))
        self.max_shift_unit = _choice(terms.shift_units())
        self.max_shift_unit.setMinimumContentsLength(3)
        self.max_shift_unit.setAccessibleName(tr("Unit of the largest shift"))
        shift = QHBoxLayout()
        shift.addWidget(self.max_shift, 1)
        shift.addWidget(self.max_shift_unit)
        self.working_gsd = QDoubleSpinBox()
        self.working_gsd.setRange(0, 1e5)
        self.working_gsd.setSuffix(" m")
        self.working_gsd.setSpecialValueText(tr("automatic"))
        self.effort = _choice(terms.efforts())
        form = form_layout()
        form.addRow(tr("&Model"), self.models.box)
        form.addRow("", self.models.card)
        form.addRow(tr("&Transform"), self.transform)
        form.addRow(tr("&Search"), self.search)
        text = QLabel(tr("Largest s&hift"))
        text.setBuddy(self.max_shift)
        form.addRow(text, shift)
        form.addRow(tr("Wor&king pixel"), self.working_gsd)
        form.addRow(tr("Match&ing effort"), self.effort)
        form.addRow(tr("&Device"), self.device)
        return form

    def _output(self) -> QFormLayout:
        self.folder = folder_box()
        self.folder.lineEdit().setPlaceholderText(tr("Beside the SAR file"))
        self.grid = _choice(terms.grids())
        self.pixel_size = QDoubleSpinBox()
        self.pixel_size.setRange(1e-8, 1e5)
        self.pixel_size.setDecimals(6)
        self.resampling = _choice(terms.resamplings())
        self.comparison = QCheckBox(tr("Load checkerboard and local residual too"))
        self.force = QCheckBox(tr("Warp anyway, even where nothing improves"))
        form = form_layout()
        form.addRow(tr("&Folder"), self.folder)
        form.addRow(tr("&Grid"), self.grid)
        form.addRow(tr("Pixel si&ze"), self.pixel_size)
        form.addRow(tr("Resam&pling"), self.resampling)
        form.addRow(self.comparison)
        form.addRow(self.force)
        return form

    def _connect(self) -> None:
        for layers, bands in (
            (self.sar, self.sar_band),
            (self.optical, self.optical_band),
        ):
            layers.layerChanged.connect(bands.setLayer)
            layers.layerChanged.connect(self._changed)
            bands.bandChanged.connect(self._changed)
        for box in (
            self.moving,
            self.models.box,
            self.device,
            self.transform,
            self.search,
            self.max_shift_unit,
            self.effort,
            self.grid,
            self.resampling,
        ):
            box.currentIndexChanged.connect(self._changed)
        self.max_shift.valueChanged.connect(self._changed)
        self.working_gsd.valueChanged.connect(self._changed)
        self.pixel_size.valueChanged.connect(self._changed)
        self.folder.fileChanged.connect(self._changed)
        self.force.toggled.connect(self._changed)
        self.area.changed.connect(self._changed)

    def _layers_added(self) -> None:
        """Choose among new layers as long as there is no pair."""
        sar, optical = self.sar.currentLayer(), self.optical.currentLayer()
        if sar is None or optical is None or sar is optical:
            self.guess_layers()
        self._changed()

    def _offer(self) -> None:
        """Offer all layers but those that show how well images fit."""
        layers = QgsProject.instance().mapLayers().values()
        pictures = [layer for layer in layers if is_picture(layer)]
        for box in (self.sar, self.optical):
            box.setExceptedLayerList(pictures)

    def _layers_going(self, ids: list[str]) -> None:
        """Choose nothing where a layer goes; its box would take the next one."""
        for box in (self.sar, self.optical):
            layer = box.currentLayer()
            if layer is not None and layer.id() in ids:
                box.setLayer(None)

    def _changed(self) -> None:
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        """Show only what the other choices leave open."""
        for layers, bands in (
            (self.sar, self.sar_band),
            (self.optical, self.optical_band),
        ):
            # Layer boxes do not tell when their first entry appears.
            if bands.layer() is not layers.currentLayer():
                bands.setLayer(layers.currentLayer())
        optical = self.optical.currentLayer()
        files = optical is None or is_file(optical)
        self.optical_band.setEnabled(files)
        self.pixel_size.setEnabled(self.grid.currentData() == "size")
        self.models.follow()


def _choice(meanings: dict[str, str]) -> QComboBox:
    return combo(*((text, value) for value, text in meanings.items()))


def _raster(layer: QgsRasterLayer | None) -> RasterInput | None:
    return snapshot(layer) if isinstance(layer, QgsRasterLayer) else None
