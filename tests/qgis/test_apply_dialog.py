"""Apply to more layers: from the button below the result to the warped pixels."""

import shutil
from pathlib import Path

import pytest
from osgeo import gdal
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import (
    QCoreApplication,
    QEvent,
    QMimeData,
    QPoint,
    QPointF,
    Qt,
    QUrl,
)
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QFileDialog
from qgis.PyQt.QtXml import QDomDocument
from soma.core.base.errors import Cancelled
from soma.ui.dock.apply_dialog import ApplyDialog

gdal.UseExceptions()


@pytest.fixture
def more(dock, project, pair, tmp_path):
    """Another date and a raster of several bands on the pixels of the SAR image."""
    other = str(tmp_path / "other date.tif")
    shutil.copy(pair[0], other)
    bands = str(tmp_path / "bands.tif")
    gdal.Translate(bands, pair[0], bandList=[1, 1, 1])
    layers = [QgsRasterLayer(other, "other date"), QgsRasterLayer(bands, "bands")]
    project.addMapLayers(layers)
    return layers


@pytest.fixture
def dialog(dock, iface, more, layers, wait):
    """The dialog as the button opens it, after a run."""
    dock.form.sar.setLayer(layers[0])
    dock.form.optical.setLayer(layers[1])
    dock.register()
    wait(lambda: dock.task is None)
    assert dock.panel.more.isVisible(), dock.panel.text.text()
    dock.panel.more.click()
    found = iface.window.findChild(ApplyDialog)
    assert found.isVisible()
    looked(found, wait)
    yield found
    if iface.window.findChild(ApplyDialog) is not None:
        found.close()


def looked(dialog, wait):
    """Wait until the engine has looked at every raster of the list."""
    wait(lambda: not any("looked at" in text for text in texts(dialog)))


def texts(dialog):
    return [dialog.layers.item(i).text() for i in range(dialog.layers.count())]


def item_of(dialog, name):
    items = [dialog.layers.item(i) for i in range(dialog.layers.count())]
    (item,) = [item for item in items if item.text().split("\n")[0] == name]
    return item


def item_layer(dialog, name):
    return QgsProject.instance().mapLayer(
        item_of(dialog, name).data(Qt.ItemDataRole.UserRole)
    )


def tick(dialog, *names):
    for name in names:
        item_of(dialog, name).setCheckState(Qt.CheckState.Checked)


def group():
    return QgsProject.instance().layerTreeRoot().findGroup("SOMA: further layers")


def written(folder):
    return sorted(p.name for p in folder.rglob("*") if p.is_file())


def warp(dialog, wait):
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    wait(dialog.go.isEnabled)
    return dialog.status.text()


def test_from_the_button_to_the_warped_pixels(dialog, dock, tmp_path, wait):
    dialog.folder.setFilePath(str(tmp_path / "weitere ü"))
    grey = item_layer(dialog, "other date").renderer().contrastEnhancement()
    grey.setMinimumValue(3.0)
    grey.setMaximumValue(40.0)
    tick(dialog, "other date", "bands")
    assert warp(dialog, wait) == "✓ 2 layers added."
    names = [node.name() for node in group().children()]
    assert names == ["other date, registered", "bands, registered"]
    shown = group().children()[0].layer().renderer().contrastEnhancement()
    assert (shown.minimumValue(), shown.maximumValue()) == (3.0, 40.0)
    registered = gdal.Open(dock.result["files"]["registered"])
    expected = registered.ReadAsArray()
    assert expected.any()
    for node, count in zip(group().children(), (1, 3), strict=True):
        assert tmp_path / "weitere ü" in Path(node.layer().source()).parents
        found = gdal.Open(node.layer().source())
        assert found.GetGeoTransform() == registered.GetGeoTransform()
        assert found.RasterCount == count == node.layer().bandCount()
        for band in range(1, count + 1):
            assert (found.GetRasterBand(band).ReadAsArray() == expected).all()


def listed(dialog):
    """Return the rasters that can be ticked."""
    can = Qt.ItemFlag.ItemIsUserCheckable
    items = [dialog.layers.item(i) for i in range(dialog.layers.count())]
    return {item.text().split("\n")[0] for item in items if item.flags() & can}


def chosen(dialog):
    return [entry.raster.name for entry in dialog.layers.chosen()]


def test_results_are_not_listed_one_layer_is_counted_as_one(dialog, tmp_path, wait):
    own = {"sar", "other date", "bands"}
    assert listed(dialog) == own and len(texts(dialog)) == 4
    assert "optical.tif is the image that stays" in item_of(dialog, "optical").text()
    dialog.folder.setFilePath(str(tmp_path / "more"))
    tick(dialog, "bands")
    assert warp(dialog, wait) == "✓ 1 layer added."
    assert listed(dialog) == own and len(texts(dialog)) == 4


def test_a_style_that_is_copied_makes_no_layer_a_result(dialog, layers, project, wait):
    tree = project.layerTreeRoot().findLayers()
    (registered,) = [n.layer() for n in tree if n.name() == "sar, registered"]
    document = QDomDocument()
    registered.exportNamedStyle(document)
    layers[0].importNamedStyle(document)
    project.layerTreeRoot().layerOrderChanged.emit()
    looked(dialog, wait)
    assert "sar" in listed(dialog) and "sar, registered" not in listed(dialog)


def test_nothing_ticked_is_told(dialog, tmp_path):
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.status.text() == "⚠ Tick one or more layers."
    assert dialog.go.isEnabled() and group() is None


def test_closing_cancels_and_leaves_no_file(
    dialog, project, pair, iface, tmp_path, wait
):
    names = [f"date {n}" for n in range(30)]
    for name in names:
        copy = shutil.copy(pair[0], tmp_path / f"{name}.tif")
        project.addMapLayer(QgsRasterLayer(str(copy), name))
    looked(dialog, wait)
    out = tmp_path / "more"
    dialog.folder.setFilePath(str(out))
    tick(dialog, *names)
    dialog.go.click()
    task = dialog._task
    # Some are complete, so that there is something to leave behind.
    wait(lambda: len(written(out)) > 1)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert iface.window.findChild(ApplyDialog) is None
    wait(lambda: not task.isActive())
    assert isinstance(task.error, Cancelled)
    assert not written(out) and group() is None


def test_layer_without_crs_is_one_sentence(dialog, project, pair, tmp_path, wait):
    bare = str(tmp_path / "bare.tif")
    gdal.Translate(bare, pair[0])
    edit = gdal.Open(bare, gdal.GA_Update)
    edit.SetProjection("")
    del edit
    layer = QgsRasterLayer(bare, "bare")
    layer.setCrs(QgsCoordinateReferenceSystem())
    project.addMapLayer(layer)
    dialog.folder.setFilePath(str(tmp_path / "more"))
    looked(dialog, wait)
    told = item_of(dialog, "bare").text()
    assert "bare.tif does not share the frame of the transform" in told
    assert "bare" not in listed(dialog)
    # Once the user has said which CRS it is, the file itself need not know.
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    looked(dialog, wait)
    tick(dialog, "bare", "other date")
    assert warp(dialog, wait) == "✓ 2 layers added."
    one, two = (gdal.Open(n.layer().source()).ReadAsArray() for n in group().children())
    assert (one == two).all()


def test_list_follows_the_project(dialog, project, more, pair, wait):
    tick(dialog, "other date", "bands")
    project.removeMapLayer(more[0].id())
    assert "other date" not in listed(dialog)
    assert chosen(dialog) == ["bands"]
    project.addMapLayer(QgsRasterLayer(pair[0], "new"))
    looked(dialog, wait)
    assert item_of(dialog, "new").checkState() == Qt.CheckState.Unchecked
    assert chosen(dialog) == ["bands"]


def test_layer_removed_while_it_is_warped_stops_that(
    dialog, project, more, tmp_path, wait
):
    dialog.folder.setFilePath(str(tmp_path / "more"))
    tick(dialog, "other date", "bands")
    dialog.go.click()
    project.removeMapLayer(more[0].id())
    wait(dialog.go.isEnabled)
    assert dialog.status.text() == "Stopped." and group() is None
    assert not written(tmp_path / "more")


def test_file_that_is_gone_is_one_sentence(dialog, more, tmp_path, wait):
    dialog.folder.setFilePath(str(tmp_path / "more"))
    tick(dialog, "bands")
    (tmp_path / "bands.tif").unlink()
    told = warp(dialog, wait)
    assert told.startswith("⚠ ") and "bands.tif" in told and "no longer there" in told


def test_two_files_of_one_name_are_one_sentence(dialog, project, pair, tmp_path, wait):
    (tmp_path / "elsewhere").mkdir()
    copy = shutil.copy(pair[0], tmp_path / "elsewhere" / "other date.tif")
    project.addMapLayer(QgsRasterLayer(str(copy), "the same"))
    looked(dialog, wait)
    dialog.folder.setFilePath(str(tmp_path / "more"))
    tick(dialog, "other date", "the same")
    assert "Several rasters would be written to" in warp(dialog, wait)
    assert not written(tmp_path / "more")


@pytest.fixture
def odd(project, pair, tmp_path, more):
    """Rasters that do not lie on the pixels of the SAR image."""
    whole = gdal.Open(pair[0])
    left, step, _, top, _, _ = whole.GetGeoTransform()
    crop, far = str(tmp_path / "crop.tif"), str(tmp_path / "far.tif")
    gdal.Translate(crop, whole, srcWin=[40, 30, 200, 150])
    box = [left + 9e5, top, left + 9e5 + step * 384, top - step * 384]
    gdal.Translate(far, whole, outputBounds=box)
    project.addMapLayers([QgsRasterLayer(crop, "crop"), QgsRasterLayer(far, "far")])


def test_other_pixels_are_warned_of_and_other_ground_is_not_offered(
    odd, dialog, dock, tmp_path, wait
):
    assert "far.tif shows other ground" in item_of(dialog, "far").text()
    assert "crop.tif has 200 x 150 pixels" in item_of(dialog, "crop").text()
    assert listed(dialog) == {"sar", "other date", "bands", "crop"}
    # What fits comes first, what cannot be meant last.
    names = [text.split("\n")[0] for text in texts(dialog)]
    assert names[3] == "crop" and set(names[4:]) == {"optical", "far"}
    assert not dialog.status.text() and not chosen(dialog)
    tick(dialog, "crop")
    assert dialog.status.text().startswith("⚠ crop.tif has 200 x 150 pixels")
    dialog.folder.setFilePath(str(tmp_path / "more"))
    assert warp(dialog, wait) == "✓ 1 layer added."


def test_files_are_added_and_dropped(dialog, pair, tmp_path, wait, monkeypatch):
    for name in ("chosen", "dropped"):
        shutil.copy(pair[0], tmp_path / f"{name}.tif")
    (tmp_path / "text.tif").write_text("no raster")
    paths = [str(tmp_path / "chosen.tif"), str(tmp_path / "text.tif")]
    monkeypatch.setattr(
        QFileDialog, "getOpenFileNames", lambda *asked: (paths, "All files (*)")
    )
    QTest.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "dropped.tif"))])
    drop(dialog.layers, data)
    looked(dialog, wait)
    assert chosen(dialog) == ["chosen.tif", "dropped.tif"]
    assert "text.tif cannot be opened" in item_of(dialog, "text.tif").text(), texts(
        dialog
    )
    dialog.folder.setFilePath(str(tmp_path / "more"))
    assert warp(dialog, wait) == "✓ 2 layers added."
    one, two = (gdal.Open(n.layer().source()).ReadAsArray() for n in group().children())
    assert (one == two).all() and one.any()


def drop(widget, data):
    """Drag something from another program over a widget, and let it go."""
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    action, place = Qt.DropAction.CopyAction, QPoint(10, 10)
    enter = QDragEnterEvent(place, action, data, buttons, keys)
    QCoreApplication.sendEvent(widget.viewport(), enter)
    assert enter.isAccepted()
    done = QDropEvent(QPointF(place), action, data, buttons, keys)
    QCoreApplication.sendEvent(widget.viewport(), done)
