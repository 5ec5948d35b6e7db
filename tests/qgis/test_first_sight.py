"""What a person sees first when a run is over, counted in pixels of the map."""

import subprocess

import pytest
import qgis.utils
from checkout import SOMA
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsLayerTreeGroup,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsSingleBandGrayRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
from soma.ui.layers import results
from soma.ui.layers.renderers import has_own_style, show_grey, style_of

GROUND = "#ff00ff"
SIDE_PX = 400


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """A rotated byte radar image of two bands without nodata: (sar, optical, files)."""
    folder = tmp_path_factory.mktemp("turned")
    make = ["simulate", "--out", folder, "--size", "512", "--seed", "5"]
    make += ["--sar-format", "uint8", "--misalign", "shift=12,8;rotation=3"]
    subprocess.run([SOMA, *map(str, make), "--quiet"], check=True)
    two, one = str(folder / "two_sar.tif"), str(folder / "sar.tif")
    gdal.Translate(two, one, bandList=[1, 1], noData="none", maskBand="none")
    words = ["register", two, folder / "optical.tif", "--model", "gradient"]
    words += ["--out", folder / "out"]
    subprocess.run([SOMA, *map(str, words), "--quiet"], check=True)
    files = {
        "registered": "registered.tif",
        "matches": "matches.gpkg",
        "checkerboard": "checkerboard.tif",
        "quality": "quality.tif",
    }
    out = {role: str(folder / "out" / name) for role, name in files.items()}
    return two, str(folder / "optical.tif"), out


@pytest.fixture
def window(iface, monkeypatch, project):
    """QGIS's window as the product finds it, with a map that follows the project."""
    monkeypatch.setattr(qgis.utils, "iface", iface)
    return iface


@pytest.fixture
def pair_of(turned, project):
    sar, optical = turned[:2]
    layers = [QgsRasterLayer(sar, "two_sar"), QgsRasterLayer(optical, "optical")]
    project.addMapLayers(layers)
    return layers


def loaded(turned, sar):
    origin = results.origin_of(sar, True)
    made = results.load(turned[2], origin)
    results.add_loaded(made, "SOMA: two_sar – optical", origin)
    return {item.layer.name().split(", ")[1]: item.layer for item in made}


def drawn(layers, extent, crs):
    """Return the colours of a map of some layers, by row."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setExtent(extent)
    settings.setDestinationCrs(crs)
    settings.setOutputSize(QSize(SIDE_PX, SIDE_PX))
    settings.setBackgroundColor(QColor(GROUND))
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    return [
        [image.pixel(x, y) & 0xFFFFFF for x in range(SIDE_PX)] for y in range(SIDE_PX)
    ]


def share(one, other):
    """Return the share of the pixels in which two maps are the same."""
    rows = zip(one, other, strict=True)
    same = sum(a == b for r, s in rows for a, b in zip(r, s, strict=True))
    return same / SIDE_PX**2


def visible(project):
    """Return the layers that the map draws, top one first."""
    root = project.layerTreeRoot()
    return [
        layer for layer in root.layerOrder() if root.findLayer(layer.id()).isVisible()
    ]


def test_the_registered_image_lies_over_the_optical_one(turned, pair_of, project):
    sar, optical = pair_of
    made = loaded(turned, sar)
    assert visible(project) == [made["registered"], optical]
    place = optical.extent(), optical.crs()
    both = drawn(visible(project), *place)
    # Nearly all of the map is the image itself, and nothing on top of it.
    alone = drawn([made["registered"]], *place)
    assert share(both, alone) > 0.9
    # What is outside of it shows the optical image and not black.
    ground = QColor(GROUND).rgb() & 0xFFFFFF
    outside = [
        (x, y)
        for y, row in enumerate(alone)
        for x, colour in enumerate(row)
        if colour == ground
    ]
    assert len(outside) > 0.01 * SIDE_PX**2
    below = drawn([optical], *place)
    assert all(both[y][x] == below[y][x] for x, y in outside)


def test_what_is_ticked_is_seen(turned, pair_of, project):
    sar, optical = pair_of
    made = loaded(turned, sar)
    root, place = project.layerTreeRoot(), (optical.extent(), optical.crs())
    before = drawn(visible(project), *place)
    for name in ("checkerboard", "local residual"):
        node = root.findLayer(made[name].id())
        node.setItemVisibilityChecked(True)
        assert share(before, drawn(visible(project), *place)) < 0.6, name
        node.setItemVisibilityChecked(False)
    for name in ("match points", "displacements"):
        root.findLayer(made[name].id()).setItemVisibilityChecked(True)
    covered = 1 - share(before, drawn(visible(project), *place))
    # They can be seen, and so can the image.
    assert 0.02 < covered < 0.35, covered


@pytest.mark.parametrize("name", ["match points", "displacements"])
def test_features_are_readable_at_every_scale(turned, pair_of, name):
    layer = loaded(turned, pair_of[0])[name]
    box = layer.extent()
    for factor in (8.0, 1.0, 0.25):
        view = QgsRectangle(box)
        view.scale(factor)
        bare = drawn([], view, layer.crs())
        covered = 1 - share(bare, drawn([layer], view, layer.crs()))
        # As a share of the ground that has any.
        covered *= max(factor, 1.0) ** 2
        assert 0.01 < covered < 0.4, (factor, covered)


def test_two_polarisations_are_grey(turned, pair_of):
    sar, optical = pair_of
    registered = loaded(turned, sar)["registered"]
    assert isinstance(registered.renderer(), QgsSingleBandGrayRenderer)
    rows = drawn([registered], optical.extent(), optical.crs())
    ground = QColor(GROUND).rgb() & 0xFFFFFF
    colours = [QColor(c) for row in rows for c in row if c != ground]
    assert all(c.red() == c.green() == c.blue() for c in colours)
    # Neither black and white nor dull: a few per cent at either end.
    ends = sum(c.red() in (0, 255) for c in colours) / len(colours)
    assert 0.01 < ends < 0.1, ends


def test_a_style_of_the_user_is_kept(turned, pair_of):
    sar = pair_of[0]
    assert not has_own_style(style_of(sar), sar.source())
    sar.renderer().setOpacity(0.625)
    assert has_own_style(style_of(sar), sar.source())
    registered = loaded(turned, sar)["registered"]
    assert registered.renderer().opacity() == 0.625
    assert registered.renderer().type() == sar.renderer().type() == "multibandcolor"
    # The mask is none of the source's bands, and outside is still transparent.
    assert registered.renderer().alphaBand() == 3


@pytest.mark.parametrize("kind", ["db", "linear"])
def test_radar_in_other_units_is_neither_black_nor_white(kind, tmp_path, qapp):
    make = ["simulate", "--out", tmp_path, "--size", "256", "--sar-format", kind]
    subprocess.run([SOMA, *map(str, make), "--quiet"], check=True)
    layer = QgsRasterLayer(str(tmp_path / "sar.tif"), "sar")
    show_grey(layer)
    rows = drawn([layer], layer.extent(), layer.crs())
    values = sorted(QColor(c).red() for row in rows for c in row)
    middle = values[len(values) // 2]
    assert 40 < middle < 200, middle
    assert sum(v in (0, 255) for v in values) / len(values) < 0.1


def test_control_points_and_colours_of_the_file(tmp_path, qapp, pair):
    points = [gdal.GCP(600000, 5000000, 0, 0, 0), gdal.GCP(603840, 5000000, 0, 384, 0)]
    points += [gdal.GCP(600000, 4996160, 0, 0, 384)]
    path = str(tmp_path / "gcps.tif")
    options = {"GCPs": points, "outputSRS": "EPSG:32631", "bandList": [1, 1]}
    gdal.Translate(path, pair[0], **options)
    layer = QgsRasterLayer(path, "gcps")
    assert layer.renderer().type() == "multibandcolor"
    show_grey(layer, 2)
    assert layer.renderer().usesBands() == [2]
    coloured = QgsRasterLayer(pair[1], "false colours of radar")
    show_grey(coloured)
    assert coloured.renderer().type() == "multibandcolor"


def test_the_map_goes_to_a_result_that_it_does_not_show(
    turned, pair_of, window, project
):
    sar = pair_of[0]
    canvas = window.mapCanvas()
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    canvas.setExtent(QgsRectangle(10, 10, 11, 11))
    registered = loaded(turned, sar)["registered"]

    def result():
        settings = canvas.mapSettings()
        return settings.layerExtentToOutputExtent(registered, registered.extent())

    assert canvas.extent().contains(result())
    assert result().height() > 0.5 * canvas.extent().height()
    # A view of all of it stays as it is; one of a corner does not.
    mine = QgsRectangle(result())
    mine.scale(1.5)
    canvas.setExtent(mine)
    mine = canvas.extent()
    loaded(turned, sar)
    assert canvas.extent() == mine
    mine.scale(0.1)
    canvas.setExtent(mine)
    loaded(turned, sar)
    assert canvas.extent().contains(result())


def test_runs_can_be_told_apart_by_any_of_their_layers(turned, pair_of, project):
    for _ in range(3):
        loaded(turned, pair_of[0])
    names = [layer.name() for layer in project.mapLayers().values()]
    assert len(set(names)) == len(names) == 17
    assert "two_sar, registered" in names and "two_sar, registered (3)" in names
    groups = [group.name() for group in project.layerTreeRoot().findGroups(True)]
    title = "SOMA: two_sar – optical"
    assert groups == [f"{title} (3)", f"{title} (2)", title]


def test_what_is_drawn_over_the_images_stays_there(turned, pair_of, project):
    over = QgsVectorLayer("Point?crs=EPSG:4326", "mine", "memory")
    project.addMapLayer(over, False)
    root = project.layerTreeRoot()
    group = root.insertGroup(0, "my marks")
    group.addLayer(over)
    loaded(turned, pair_of[0])
    names = [node.name() for node in root.children()]
    assert names[:2] == ["my marks", "SOMA: two_sar – optical"]


def test_a_project_is_as_it_was(turned, pair_of, project, tmp_path):
    loaded(turned, pair_of[0])
    loaded(turned, pair_of[0])

    def state():
        root = QgsProject.instance().layerTreeRoot()
        return [
            (node.name(), node.isVisible(), *look(node)) for node in everything(root)
        ]

    before, path = state(), str(tmp_path / "p.qgz")
    assert project.write(path)
    project.clear()
    assert project.read(path)
    assert state() == before


def look(node):
    """Return what a layer's style comes to, nothing for a group."""
    if isinstance(node, QgsLayerTreeGroup):
        return ()
    layer = node.layer()
    if isinstance(layer, QgsRasterLayer):
        return layer.renderer().type(), layer.renderer().alphaBand()
    aliases = [layer.attributeAlias(i) for i in range(layer.fields().count())]
    return len(layer.renderer().rootRule().children()), *aliases


def everything(root):
    for node in root.children():
        yield node
        if isinstance(node, QgsLayerTreeGroup):
            yield from everything(node)


def test_removing_the_group_removes_the_run(turned, pair_of, project):
    made = loaded(turned, pair_of[0])
    (group,) = project.layerTreeRoot().findGroups()
    # As *Remove layer/group* of QGIS does.
    project.removeMapLayers([node.layerId() for node in group.findLayers()])
    project.layerTreeRoot().removeChildNode(group)
    assert {layer.name() for layer in project.mapLayers().values()} == {
        "two_sar",
        "optical",
    }
    assert len(made) == 5 and not project.layerTreeRoot().findGroups()


def test_fields_and_legends_have_names_and_units(turned, pair_of):
    made = loaded(turned, pair_of[0])
    points = made["match points"]
    aliases = {f.name(): f.alias() for f in points.fields()}
    assert all(aliases[name] for name in aliases if name != "fid")
    assert aliases["east_m"] == "Moved to the east, m"
    assert aliases["residual_px"] == "Residual, px"
    quality = made["local residual"]
    symbols = quality.renderer().legendSymbologyItems()
    assert [text for text, _ in symbols][:2] == ["0\u00a0px", "0.5\u00a0px"]
