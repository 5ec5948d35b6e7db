"""Results of algorithms on the map, loaded as the toolbox does it."""

from pathlib import Path

import pytest
from qgis.core import (
    QgsLayerTreeRegistryBridge,
    QgsProcessingOutputLayerDefinition,
    QgsRuleBasedRenderer,
    QgsSettings,
)
from soma.ui.layers.inputs import guess_pair


@pytest.fixture
def toolbox(plugin, in_task, toolbox_code):
    """Return a function that runs an algorithm in a task and loads what it leaves."""
    from processing.gui.Postprocessing import handleAlgorithmResults

    def run(name, **parameters):
        ok, found, context, feedback = in_task(name, **parameters)
        assert ok, feedback.textLog()
        algorithm = plugin.provider.algorithm(name)
        assert handleAlgorithmResults(algorithm, context, feedback, parameters)
        return found

    return run


@pytest.fixture
def insert_into(project):
    """Return what lets QGIS put layers into a group, as when it is the current one."""

    def insert(group):
        point = QgsLayerTreeRegistryBridge.InsertionPoint(group, 0)
        project.layerTreeRegistryBridge().setLayerInsertionPoint(point)

    yield insert
    insert(project.layerTreeRoot())


def tree(project):
    """Return (group, layers from top to bottom) of all groups."""
    return [
        (group.name(), [node.layer() for node in group.findLayers()])
        for group in project.layerTreeRoot().findGroups()
    ]


def test_register_loads_a_styled_group(toolbox, project, layers, tmp_path):
    layers[0].renderer().setOpacity(0.625)
    found = toolbox(
        "register",
        SAR=layers[0].id(),
        OPTICAL=layers[1].id(),
        OUTPUT=str(tmp_path / "out"),
    )
    ((title, (lines, points, residual, board, registered)),) = tree(project)
    assert title == "SOMA: sar – optical"
    assert len(project.mapLayers()) == 7
    assert residual.source() == found["QUALITY"]
    assert board.source() == found["CHECKERBOARD"]
    assert registered.source() == found["REGISTERED"]
    assert registered.renderer().opacity() == 0.625
    assert points.source() == f"{found['MATCHES']}|layername=matches"
    assert lines.source() == f"{found['MATCHES']}|layername=displacements"
    for layer in (points, lines):
        assert isinstance(layer.renderer(), QgsRuleBasedRenderer)
        assert layer.thread() is registered.thread() is layers[0].thread()
    assert points.crs() == registered.crs() == layers[1].crs()
    assert layers[1].extent().contains(points.extent())
    assert registered.extent().intersects(layers[1].extent())
    step = layers[1].rasterUnitsPerPixelX()
    offset = (registered.extent().xMinimum() - layers[1].extent().xMinimum()) / step
    assert offset == pytest.approx(round(offset), abs=1e-6)


def test_runs_have_groups_and_names_of_their_own(
    toolbox, project, layers, insert_into, tmp_path
):
    sar, optical = layers
    sar.renderer().setOpacity(0.625)
    # By its id, as the toolbox does, and as a layer, as scripts do.
    for name, moving in (("one", sar.id()), ("two", sar)):
        files = {"OPTICAL": optical.id(), "OUTPUT": str(tmp_path / name)}
        toolbox("register", SAR=moving, **files)
        # As in the window, where the layer that came last is the current one.
        (first, *_) = project.layerTreeRoot().findGroups()
        insert_into(first)
    (second, two), (first, one) = tree(project)
    assert (first, second) == ("SOMA: sar – optical", "SOMA: sar – optical (2)")
    names = [
        *("displacements", "match points"),
        *("local residual", "checkerboard", "registered"),
    ]
    assert [layer.name() for layer in one] == [f"sar, {name}" for name in names]
    assert [layer.name() for layer in two] == [f"sar, {name} (2)" for name in names]
    # No group inside another one, and nothing left beside them.
    groups = project.layerTreeRoot().findGroups(True)
    assert [g.name() for g in groups] == [second, first]
    beside = [n.name() for n in project.layerTreeRoot().children()]
    assert sorted(beside) == sorted([second, first, "sar", "optical"])
    loaded = [*two, *one]
    warped = [layer for layer in loaded if "registered" in layer.name()]
    assert [layer.renderer().opacity() for layer in warped] == [0.625, 0.625]
    folders = [Path(layer.source().split("|")[0]).parent.name for layer in loaded]
    assert folders == ["two"] * 5 + ["one"] * 5


def limits(layer):
    """Return what a grey layer shows as black and as white."""
    found = layer.renderer().contrastEnhancement()
    return found.minimumValue(), found.maximumValue()


def test_apply_loads_what_it_warped(toolbox, project, layers, tmp_path):
    layers[0].renderer().contrastEnhancement().setMinimumValue(3.0)
    layers[0].renderer().contrastEnhancement().setMaximumValue(40.0)
    found = toolbox(
        "register",
        SAR=layers[0].id(),
        OPTICAL=layers[1].id(),
        OUTPUT=str(tmp_path / "out"),
        LOAD=False,
    )
    assert not tree(project)
    warped = toolbox(
        "applytransform",
        TRANSFORM=found["TRANSFORM_FILE"],
        RASTERS=[layers[0].id()],
        OUTPUT=str(tmp_path / "more"),
    )
    ((title, (layer,)),) = tree(project)
    assert title == "SOMA: further layers" and layer.name() == "sar, registered"
    assert [layer.source()] == warped["LAYERS"]
    assert limits(layer) == (3.0, 40.0)


def test_match_points_load_as_a_styled_layer(toolbox, project, layers):
    wanted = QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", project)
    found = toolbox(
        "matchpoints", SAR=layers[0].id(), OPTICAL=layers[1].id(), POINTS=wanted
    )
    (points,) = set(project.mapLayers().values()) - set(layers)
    assert points.name() == "sar, match points"
    assert points.featureCount() == found["MATCHES"]
    assert isinstance(points.renderer(), QgsRuleBasedRenderer)
    assert layers[1].extent().contains(points.extent())


def test_comparison_loads_by_itself(toolbox, project, layers, tmp_path):
    out = str(tmp_path / "board.tif")
    toolbox(
        "checkerboard",
        A=layers[0].id(),
        B=layers[1].id(),
        OUTPUT=QgsProcessingOutputLayerDefinition(out, project),
    )
    again = str(tmp_path / "again.tif")
    toolbox(
        "checkerboard",
        A=layers[0].id(),
        B=layers[1].id(),
        OUTPUT=QgsProcessingOutputLayerDefinition(again, project),
    )
    assert {
        out: "sar – optical, comparison",
        again: "sar – optical, comparison (2)",
    } == {
        layer.source(): layer.name()
        for layer in project.mapLayers().values()
        if layer.id() not in {known.id() for known in layers}
    }


def test_the_toolbox_shows_what_the_dock_shows(toolbox, project, layers, tmp_path):
    """In the group that Processing is told to use, where it is told one."""
    setting = "Processing/Configuration/RESULTS_GROUP_NAME"
    QgsSettings().setValue(setting, "Results")
    project.layerTreeRoot().insertGroup(0, "Results")
    files = {"SAR": layers[0].id(), "OPTICAL": layers[1].id()}
    toolbox("register", **files, OUTPUT=str(tmp_path / "out"))
    QgsSettings().remove(setting)
    root = project.layerTreeRoot()
    (home,) = root.findGroups()
    (group,) = home.findGroups()
    assert group.name() == "SOMA: sar – optical" and len(home.children()) == 1
    shown = [n.name() for n in root.findLayers() if n.isVisible()]
    assert shown == ["sar, registered", "optical"]
    assert guess_pair() == tuple(layers)
