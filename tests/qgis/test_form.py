"""The form follows the project: new layers, their bands, and what a result offers."""

from qgis.core import QgsProject, QgsRasterLayer


def add(pair):
    """Add the pair as a user does who drags both files into the map."""
    names = ("sar", "optical")
    layers = [QgsRasterLayer(path, n) for path, n in zip(pair, names, strict=True)]
    QgsProject.instance().addMapLayers(layers)
    return layers


def test_layers_that_come_later_are_chosen_with_their_bands(plugin, pair):
    plugin.show_dock()
    form = plugin.dock.form
    sar, optical = add(pair)
    assert form.sar.currentLayer() is sar and form.optical.currentLayer() is optical
    assert form.sar_band.layer() is sar and form.optical_band.layer() is optical
    bands = [form.optical_band.itemText(i) for i in range(form.optical_band.count())]
    assert len(bands) == 1 + optical.bandCount()


def test_a_pair_that_was_chosen_is_kept(plugin, pair):
    plugin.show_dock()
    form = plugin.dock.form
    sar, optical = add(pair)
    form.sar.setLayer(optical)
    form.optical.setLayer(sar)
    add(pair)
    assert form.sar.currentLayer() is optical and form.optical.currentLayer() is sar


def test_a_project_that_is_opened_fills_the_form(plugin, pair, tmp_path):
    add(pair)
    path = str(tmp_path / "p.qgz")
    assert QgsProject.instance().write(path)
    QgsProject.instance().clear()
    plugin.show_dock()
    assert QgsProject.instance().read(path)
    form = plugin.dock.form
    assert form.sar.currentLayer().name() == "sar"
    assert form.optical.currentLayer().name() == "optical"


def test_result_is_compared_at_a_click(dock, plugin, wait):
    dock.register()
    wait(lambda: dock.task is None)
    dock.panel.compare.click()
    assert plugin.tools.inspector.is_on
    assert plugin.tools.compare.second.currentText() == "sar, registered"
    plugin.tools.inspector.stop()


def test_a_model_that_cannot_run_says_all_of_why(dock):
    why = "Its packages are missing: " + ", ".join(f"package{n}" for n in range(20))
    cards = [
        {"name": "gradient", "state": "ready", "automatic": True, "about": {}},
        {"name": "other", "state": why, "automatic": True, "about": {}},
    ]
    models = dock.form.models
    models.show_cards(cards)
    models.choose("other")
    models.follow()
    assert models.card.text() == f"⚠ {why}"
    assert models.box.currentText() == "other (cannot run here)"
    assert models.used() == "other" and models.name() == "other"
    models.choose("auto")
    assert models.used() == "gradient"
