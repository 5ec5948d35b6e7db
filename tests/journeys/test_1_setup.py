"""Journey 1: the engine is set up, in every way that a person may try."""

import pytest
from conftest import PYTHON
from setting_up import take_existing_python
from working import dock_is_back, see_result


def test_engine_is_set_up_from_the_menu(stage, installed, tmp_path):
    home = installed.copy(tmp_path / "home")
    with stage.qgis(home) as me:
        with me.step("opens the set-up from the menu"):
            me.menu("Raster", "SOMA", "Set up engine…")
            me.see("Make a private environment")
        with me.step("names a program that is no Python"):
            me.click("Use an existing Python")
            me.fill("Python program", "/usr/bin/true")
            me.click("Set up")
            me.see("⚠")
        with me.step("names a Python that has the packages"):
            take_existing_python(me, PYTHON)
        with me.step("closes the dialog with Enter"):
            me.key("Enter")
            me.see_gone("Make a private environment")
        with me.step("opens it again, which says so"):
            me.menu("Raster", "SOMA", "Set up engine…")
            me.see("The engine is set up:")
            me.click("Close")
        with me.step("copies the diagnostics"):
            me.menu("Raster", "SOMA", "Diagnostics…")
            me.see("engine's last lines:")
            me.click("Copy")
            told = me.state["clipboard"]
            me.expect(str(PYTHON) in told, f"the clipboard lacks the Python: {told}")
            me.click("Close")


def test_engine_is_set_up_from_the_dock(stage, installed, tmp_path):
    home = installed.copy(tmp_path / "home")
    with stage.qgis(home, "first") as me:
        with me.step("opens the dock, which lacks its engine"):
            me.menu("Raster", "SOMA", "SOMA Registration")
            me.see("is not set up yet")
        with me.step("opens the set-up and leaves it"):
            me.click("Set up engine…")
            me.see("Make a private environment")
            me.key("Escape")
            me.see_gone("Make a private environment")
            me.see("is not set up yet")
        with me.step("sets the engine up"):
            me.click("Set up engine…")
            take_existing_python(me, PYTHON)
            me.click("Close")
        with me.step("sees that the dock knows the engine"):
            me.see("Add a SAR raster to the project")
            me.see_gone("is not set up yet")
    with stage.qgis(home, "restarted") as me:
        with me.step("finds the engine after a restart"):
            dock_is_back(me)
            me.see("Add a SAR raster to the project")
            me.expect(not me.sees("is not set up yet"), "the engine is forgotten")
        with me.step("asks for the diagnostics"):
            me.menu("Raster", "SOMA", "Diagnostics…")
            me.see("engine's last lines:")
            me.click("Close")


# pip installs all packages twice, up to where it is cancelled at first.
@pytest.mark.timeout(900)
def test_private_environment_is_made_and_used(
    stage, installed, packages, pair, tmp_path
):
    home = installed.copy(tmp_path / "home")
    home.use_packages(packages)
    with stage.qgis(home, "first") as me:
        with me.step("begins a private environment"):
            me.menu("Raster", "SOMA", "Set up engine…")
            me.choose("What to install", "Small, without the neural network")
            me.click("Set up")
            me.see("Installing the packages …", seconds=120)
        with me.step("cancels in the middle"):
            me.click("Cancel")
            me.see("Stopped.")
            me.wait_for(lambda: not me.program.children(), "pip to end")
            me.click("Close")
        with me.step("sets it up after all"):
            me.menu("Raster", "SOMA", "Set up engine…")
            me.see("An earlier set-up did not come to its end")
            me.choose("What to install", "Small, without the neural network")
            me.click("Set up")
            me.see("✓ The engine is ready.", seconds=400)
        with me.step("closes the dialog"):
            me.click("Close")
    with stage.qgis(home, "restarted", files=pair) as me:
        with me.step("finds the private engine after a restart"):
            me.menu("Raster", "SOMA", "Set up engine…")
            me.see("The engine is set up:")
            me.see("soma-registration/engine/bin/python")
            me.click("Close")
        with me.step("registers two loaded layers with two clicks"):
            before = me.clicks
            me.click("SOMA Registration", "button")
            me.click("Register", "button")
            see_result(me)
            clicks = me.clicks - before
            me.expect(clicks == 2, f"it took {clicks} clicks")
