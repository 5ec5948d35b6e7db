"""Register many: pairs of layers, folders and plans, their footprints, and a click."""

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from checkout import SOMA
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtWidgets import QAction, QPushButton
from soma.ui.engine.engine import Engine
from soma.ui.processing import footprints
from soma.ui.processing.provider import SomaProvider
from soma.ui.words import sentences

QUICK = {"MODEL": "gradient"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folders of SAR and optical images: two pairs, and one SAR image of sea."""
    root = tmp_path_factory.mktemp("many")
    for kind in ("sar", "optical"):
        (root / kind).mkdir()
    for seed in (1, 2):
        made = root / f"made{seed}"
        words = ["simulate", "--out", made, "--size", "192", "--seed", str(seed)]
        words += ["--misalign", "shift=4,-3", "--quiet"]
        subprocess.run([SOMA, *words], check=True)
        for kind in ("sar", "optical"):
            shutil.copy(made / f"{kind}.tif", root / kind / f"{kind}{seed}.tif")
    return root


@pytest.fixture
def world(qapp, project):
    """Return (run, feedback) of the algorithm with an engine of its own."""
    engine = Engine()
    provider = SomaProvider(engine)
    QgsApplication.processingRegistry().addProvider(provider)
    feedback = QgsProcessingFeedback()

    def run(**parameters):
        algorithm = provider.algorithm("registermany").create()
        context = QgsProcessingContext()
        context.setProject(project)
        good, why = algorithm.checkParameterValues(parameters, context)
        assert good, why
        found = algorithm.processAlgorithm(parameters, context, feedback)
        for layer_id, details in context.layersToLoadOnCompletion().items():
            layer = context.takeResultLayer(layer_id)
            project.addMapLayer(layer)
            details.postProcessor().postProcessLayer(layer, context, feedback)
        return found

    yield run, feedback
    QgsApplication.processingRegistry().removeProvider(provider)
    engine.close()


def test_two_folders_are_paired_and_running_again_does_nothing(world, folders):
    run, _ = world
    out = folders / "out"
    asked = {
        "SAR_FOLDER": str(folders / "sar"),
        "OPTICAL_FOLDER": str(folders / "optical"),
        "OUTPUT": str(out),
        **QUICK,
    }
    found = run(**asked, LOAD=False)
    assert (found["REGISTERED"], found["REFUSED"], found["FAILED"]) == (2, 0, 0)
    assert Path(found["INDEX"]).exists()
    assert (out / "sar1__optical1" / "registered.tif").exists()
    again = run(**asked, LOAD=False)
    assert (again["REGISTERED"], again["BEFORE"]) == (0, 2)


def test_layers_that_were_given_a_crs_are_not_done_again(world, folders):
    run, _ = world
    layers = {}
    for kind in ("sar", "optical"):
        layer = QgsRasterLayer(str(folders / kind / f"{kind}1.tif"), kind)
        own = layer.crs().authid()
        layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32618"))
        assert layer.crs().authid() != own
        QgsProject.instance().addMapLayer(layer)
        layers[f"{kind.upper()}_LAYERS"] = [layer.id()]
    asked = {**layers, "OUTPUT": str(folders / "out of layers"), **QUICK}
    assert run(**asked, LOAD=False)["REGISTERED"] == 1
    again = run(**asked, LOAD=False)
    assert (again["REGISTERED"], again["BEFORE"]) == (0, 1)


def test_footprints_are_coloured_by_outcome_and_a_click_opens_the_group(
    world, folders, project, iface, monkeypatch
):
    run, _ = world
    out = folders / "out of plan"
    plan = folders / "plan.csv"
    with open(plan, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "sar", "optical", "max_shift"))
        writer.writerow(("first", "sar/sar1.tif", "optical/optical1.tif", ""))
        writer.writerow(("far", "sar/sar2.tif", "optical/optical1.tif", ""))
        writer.writerow(("gone", "sar/none.tif", "optical/optical1.tif", ""))
    found = run(PLAN=str(plan), OUTPUT=str(out), **QUICK)
    counts = found["REGISTERED"], found["REFUSED"], found["FAILED"]
    assert counts == (1, 1, 1)
    layer = project.mapLayersByName("out of plan, pairs")[0]
    assert isinstance(layer, QgsVectorLayer) and layer.featureCount() == 3
    renderer = layer.renderer()
    assert renderer.classAttribute() == "verdict"
    values = {category.value() for category in renderer.categories()}
    features = {f["name"]: f for f in layer.getFeatures()}
    assert {f["verdict"] for f in features.values()} <= values
    fills = [c.symbol().symbolLayer(0).fillColor() for c in renderer.categories()]
    assert len({fill.name() for fill in fills}) == len(fills)
    assert all(0 < fill.alpha() < 255 for fill in fills)
    tips = {n: tip_of(layer, f) for n, f in features.items()}
    assert "registered" in tips["first"] and "thumbnail.jpg" in tips["first"]
    assert "refused" in tips["far"] and "img" not in tips["far"]
    action = layer.actions().defaultAction("Canvas")
    assert "open_pair" in action.command()
    # What a click runs, with the names that QGIS puts in.
    code = action.command().replace("[% @layer_id %]", layer.id())
    exec(code.replace("[% $id %]", str(features["first"].id())))
    root = project.layerTreeRoot()
    assert root.findGroup("first") is not None
    shown = [n.layer() for n in root.findGroup("first").findLayers()]
    assert any(isinstance(one, QgsRasterLayer) for one in shown)
    assert len(shown) == 5
    # Footprints above the images would tint them.
    order = [one.id() for one in root.layerOrder()]
    assert max(order.index(one.id()) for one in shown) < order.index(layer.id())
    footprints.open_pair(layer.id(), features["first"].id())
    assert len([g for g in root.findGroups(True) if "first" in g.name()]) == 1
    told = []
    monkeypatch.setattr(footprints, "_say", told.append)
    footprints.open_pair(layer.id(), features["far"].id())
    footprints.open_pair(layer.id(), features["gone"].id())
    assert "far" in told[0] and "cover the same" in told[0]
    assert "none.tif" in told[1]
    if os.environ.get("SOMA_PICTURES"):
        _picture(layer, Path(os.environ["SOMA_PICTURES"]))


def tip_of(layer, feature):
    """Return what the map shows of a footprint under the pointer."""
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.layerScope(layer))
    context.setFeature(feature)
    return QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)


def test_a_button_lets_clicks_open_results(qapp, project, monkeypatch):
    class Window:
        """What is asked of QGIS's window: a message bar, and the tool that clicks."""

        def __init__(self):
            self.bar, self.active = QgsMessageBar(), None
            self.tool = QAction()

        def messageBar(self):
            return self.bar

        def setActiveLayer(self, layer):
            self.active = layer

        def actionFeatureAction(self):
            return self.tool

    window, chosen = Window(), []
    window.tool.triggered.connect(lambda: chosen.append(window.active))
    monkeypatch.setattr(footprints.qgis.utils, "iface", window)
    layer = QgsVectorLayer("Polygon?field=name:string", "pairs", "memory")
    project.addMapLayer(layer)
    footprints.offer_clicks(layer)
    window.bar.currentItem().findChild(QPushButton).click()
    assert chosen == [layer]


def _picture(layer, folder):
    """Draw the footprints over their images, to be looked at."""
    from qgis.core import QgsMapRendererParallelJob, QgsMapSettings
    from qgis.PyQt.QtCore import QSize

    settings = QgsMapSettings()
    others = [n.layer() for n in QgsProject.instance().layerTreeRoot().findLayers()]
    rasters = [one for one in others if isinstance(one, QgsRasterLayer)]
    settings.setLayers([layer, *rasters[-1:]])
    settings.setDestinationCrs(rasters[-1].crs())
    box = rasters[-1].extent()
    box.scale(1.4)
    settings.setExtent(box)
    settings.setOutputSize(QSize(700, 700))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(folder / "footprints.png"))


def test_progress_tells_the_outcome_in_the_users_words(qapp):
    assert sentences.stage("a: b: good") == "a: b: registered well"
    assert sentences.stage("no outcome: here") == "no outcome: here"


def test_a_cancel_keeps_what_is_done(world, folders):
    run, feedback = world
    out = folders / "stopped"
    feedback.progressChanged.connect(
        lambda percent: feedback.cancel() if percent > 40 else None
    )
    found = run(
        SAR_FOLDER=str(folders / "sar"),
        OPTICAL_FOLDER=str(folders / "optical"),
        OUTPUT=str(out),
        **QUICK,
    )
    assert set(found) == {"OUTPUT"}
    assert "Run it again" in feedback.textLog()
    names = sorted(p.name for p in out.iterdir() if not p.name.startswith("."))
    assert "sar1__optical1" in names and "sar2__optical2" not in names


def test_nothing_to_pair_is_told_before_it_runs(qapp, project, folders):
    engine = Engine()
    provider = SomaProvider(engine)
    provider.loadAlgorithms()
    algorithm = provider.algorithm("registermany").create()
    context = QgsProcessingContext()
    for parameters in (
        {"OUTPUT": "x"},
        {"OUTPUT": "x", "SAR_FOLDER": str(folders / "sar")},
    ):
        good, why = algorithm.checkParameterValues(parameters, context)
        assert not good and "both kinds" in why
    engine.close()
