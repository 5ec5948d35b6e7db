"""How a person installs the plugin and sets up its engine."""


def install_zip(me, file):
    """Install a zip as the README says."""
    with me.step("opens the plugin manager"):
        me.menu("Plugins", "Manage and Install Plugins")
        me.click("Install from ZIP", "item")
    # QGIS unpacks, imports and starts the plugin in one turn, as it does at its start.
    with me.step("picks the zip and installs it", turns=False):
        me.fill("ZIP file", str(file))
        me.click("Install Plugin")
        if me.see("Security warning", "installed successfully") == "Security warning":
            me.click("Yes")
        me.see("installed successfully", seconds=120)
    with me.step("closes the plugin manager and finds the plugin"):
        me.click("Close")
        me.click("Raster", "menu")
        me.click("SOMA", "menu")
        me.see("SOMA Registration")
        me.key("Escape")
        me.key("Escape")


def take_existing_python(me, python):
    """Choose a Python that has the packages, in the open dialog."""
    me.click("Use an existing Python")
    me.fill("Python program", str(python))
    me.click("Set up")
    me.see("✓ The engine is ready.", seconds=180)
