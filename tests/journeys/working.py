"""What a person does again and again: add layers, open the dock, register."""

from screen import RIGHT

#: What the result's headline may say.
GOOD = ("Registered to within", "Registered, but look closely")
BAD = ("Not registered", "This did not work", "Stopped")
#: A register of a small pair on a busy machine.
RUN_S = 240


def add_rasters(me, *files):
    """Add files by QGIS's own dialog."""
    me.menu("Layer", "Add Layer", "Add Raster Layer")
    for file in files:
        me.fill("Raster dataset(s)", str(file))
        me.key("Tab")
        me.click("Add")
        me.wait_for(lambda name=file.stem: _has(me, name), f"the layer {file.stem}")
    # Its button reads as Qt has it, in whatever language.
    me.key("Escape")
    me.see_gone("Raster dataset(s)")


def _has(me, name):
    return any(name == layer for layer in me.state["layers"])


def open_dock(me):
    """Open the plugin's dock by its menu, unless it is open."""
    if not me.find("SOMA Registration", "dock"):
        me.menu("Raster", "SOMA", "SOMA Registration")
        me.wait_for(lambda: me.find("SOMA Registration", "dock"), "the dock")


def dock_is_back(me):
    """Wait for the dock that was open when QGIS was left."""
    me.wait_for(lambda: me.find("SOMA Registration", "dock"), "the dock to come back")


def register(me):
    """Press Register, and wait for a good result."""
    me.tab("Register")
    me.click("Register", "button", seconds=120)
    see_result(me)


def see_result(me):
    """Wait for the good result of a run that was begun."""
    me.see("Cancel")
    told = me.see(*GOOD, *BAD, seconds=RUN_S)
    if told in BAD:
        raise AssertionError(f"the run ended with: {me.read_all()}")
    me.wait_for(lambda: me.can_press("Register"), "Register to be there again")
    me.wait_map()


def runs(me):
    """Return the groups of layers that runs have made."""
    return [name for name in me.state["groups"]]


def save_project(me, file):
    """Save the project under a new name."""
    me.menu("Project", "Save As…")
    me.fill("File name:", str(file))
    me.key("Enter")
    me.wait_for(lambda: me.state["project"] == str(file), "the project to be saved")


def remove_layer(me, name):
    """Remove a layer by the menu of the layer panel."""
    me.click(name, "item", button=RIGHT)
    me.click("Remove Layer…", "menu")
    if me.find("OK", "button"):
        me.click("OK", "button")
    me.wait_for(lambda: not _has(me, name), f"{name} to be removed")
