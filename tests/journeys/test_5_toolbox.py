"""Journey 5: the same from the toolbox, in batch, in models and without a window."""

import re
import subprocess
from pathlib import Path

import rasterio
from screen import RIGHT
from working import RUN_S

README = Path(__file__).resolve().parents[2] / "README.md"
BAD = ("Execution failed", "Unable to execute")
#: How QGIS 3.22 and 3.40 call it.
DESIGNER = ("Graphical Modeler…", "Model Designer…")
#: Where a step of a model takes a value from.
INPUT, OUTPUT = "Model Input", "Algorithm Output"


def test_algorithms_run_from_the_toolbox(stage, my_home, pair, tmp_path):
    with stage.qgis(my_home, files=pair) as me:
        with me.step("opens the toolbox"):
            me.menu("Processing", "Toolbox")
            me.see("Processing Toolbox")
        registers_twice(me, tmp_path)
        matches_points(me, tmp_path)
        assesses(me)
        draws_a_checkerboard(me, tmp_path)
        applies(me, tmp_path)


def test_batch_of_two(stage, my_home, pair, tmp_path):
    rows = {2: tmp_path / "first", 3: tmp_path / "second"}
    with stage.qgis(my_home, files=pair) as me:
        with me.step("opens the batch of Register"):
            me.menu("Processing", "Toolbox")
            look_for(me, "Register")
            me.click("Register", "item", button=RIGHT)
            me.click("Execute as Batch Process…", "menu")
            me.see("Autofill…")
        with me.step("fills a second row, in which the other image moves"):
            me.click("Add row")
            for row, folder in rows.items():
                me.choose(f"SAR layer, row {row}", "sar")
                me.choose(f"Optical layer, row {row}", "optical")
                me.fill(f"Folder for results, row {row}", str(folder))
            me.choose("Which one moves, row 3", "Optical, onto SAR")
        with me.step("runs both"):
            run(me, "Batch execution completed")
        with me.step("finds the layers of both"):
            state = me.state
            me.expect(len(set(state["groups"])) == 2, f"groups {state['groups']}")
            names = [name for name in state["layers"] if "registered" in name]
            me.expect(len(set(names)) == 2, f"registered images {names}")
    for folder, moved in zip(rows.values(), pair, strict=True):
        with (
            rasterio.open(folder / "registered.tif") as made,
            rasterio.open(moved) as m,
        ):
            assert made.dtypes == m.dtypes, f"{folder.name} is not of {moved.name}"


def test_model_of_two_steps(stage, my_home, pair, tmp_path):
    folder, board = tmp_path / "made", tmp_path / "board.tif"
    with stage.qgis(my_home, files=pair) as me:
        draws_a_model(me)
        # QGIS 3.22 draws its own dialog and map from within a step's messages; whether
        # a run holds the window up is seen in the batch.
        with me.step("runs the model from the toolbox", turns=False):
            me.menu("Processing", "Toolbox")
            open_algorithm(me, "Register and compare", "Models")
            me.choose("Radar image", "sar")
            me.choose("Optical image", "optical")
            me.fill("Folder", str(folder))
            me.fill("Board", str(board))
            # Not what the log says: QGIS 3.22 may show the parameters again by then.
            me.click("Run")
            made = me.wait_for(
                lambda: set(me.state["layers"]) - {"sar", "optical"}, "the board", RUN_S
            )
            me.wait_for(lambda: me.can_press("Close"), "the dialog to come to rest")
            me.click("Close")
        with me.step("sees what the second step made of the first one's result"):
            me.expect(len(made) == 1, f"the model loads {made}")
    with rasterio.open(board) as made, rasterio.open(pair[1]) as optical:
        assert made.bounds == optical.bounds
    assert (folder / "registered.tif").exists()


def draws_a_model(me):
    """Draw a model that registers, and compares the result with the optical image."""
    with me.step("draws the inputs of a model"):
        me.click("Processing", "menu")
        me.click(me.see(*DESIGNER), "menu")
        me.tab("Inputs")
        for name in ("Radar image", "Optical image"):
            me.double_click("Raster Layer", "item")
            me.fill("Description", name)
            me.click("OK")
            me.see_gone("Mandatory")
    with me.step("draws the step that registers"):
        me.tab("Algorithms")
        look_for(me, "Register")
        me.double_click("Register", "item")
        # The field that comes first on the screen is the one that is found.
        take_from(me, "Optical layer", INPUT, "Optical image")
        take_from(me, "SAR layer", INPUT, "Radar image")
        me.fill("Folder for results", "Folder")
        me.click("OK")
        me.see_gone("Show advanced parameters")
    with me.step("draws the step that compares"):
        look_for(me, "Checkerboard")
        me.double_click("Checkerboard", "item")
        take_from(me, "First raster", INPUT, "Optical image")
        registered = "“Registered image” from algorithm “Register”"
        take_from(me, "Second raster", OUTPUT, registered)
        me.fill("Comparison", "Board")
        me.click("OK")
        me.see_gone("Cell size in pixels")
    with me.step("saves the model"):
        me.fill("Name", "Register and compare")
        me.fill("Group", "SAR")
        me.click("Save Model")
        me.fill("File name:", "chain")
        me.key("Enter")
        # What QGIS says then differs by version.
        home = me.program.home.folder
        me.wait_for(lambda: any(home.rglob("chain.model3")), "the model's file")
    with me.step("closes the model designer"):
        me.menu("Model", "Close")
        me.see_gone("Model Designer")


def take_from(me, field, source, what):
    """Let a field of a step take an input of the model or a result of another step."""
    label = me.reach(field, "label")
    if me.find(field, "field"):
        me.click_beside(field, left=True)
    else:
        # QGIS 3.40 begins with an input of the model, whose field has another name.
        left, top, _, height = label["shown"]
        me.press_at(left + 8, top + height + 14)
    me.click(source, "menu")
    me.choose(f"Using {source.lower()}", what)


def look_for(me, name, among="SOMA Registration"):
    """Look for an algorithm of the plugin."""
    me.fill("Search…", name)
    me.wait_for(lambda: me.find(among, "item"), name)


def open_algorithm(me, name, among="SOMA Registration"):
    """Look for an algorithm and open its dialog."""
    look_for(me, name, among)
    me.double_click(name, "item")
    me.wait_for(lambda: me.find("Run", "button"), f"the dialog of {name}")


def run(me, done="finished"):
    """Run what the dialog says, until it has worked; close it."""
    me.click("Run")
    me.see(done, *BAD, seconds=RUN_S)
    if not me.sees(done) or me.sees("Execution failed"):
        raise AssertionError(f"it did not work: {me.read_all()}")
    # It goes on for a moment after it has told so.
    me.wait_for(lambda: not me.can_press("Cancel"), "the dialog to come to rest")
    me.click("Close")
    me.wait_map()


def words_not_codes(me, *fields):
    """Expect lists to read as words."""
    for field in fields:
        said = me.value(field)
        me.expect(
            not re.fullmatch("[a-z0-9_]+", said), f"{field} says the code {said!r}"
        )


def pick_pair(me):
    """Choose the pair, unless that is chosen."""
    chosen = me.value("SAR layer"), me.value("Optical layer")
    me.expect(chosen[0] != chosen[1], f"the same layer is chosen twice: {chosen}")
    me.choose("SAR layer", "sar")
    me.choose("Optical layer", "optical")


def registers_twice(me, folder):
    for count in (1, 2):
        with me.step(f"registers, time {count}"):
            open_algorithm(me, "Register")
            pick_pair(me)
            words_not_codes(me, "Which one moves", "Transform")
            me.fill("Folder for results", str(folder / f"run {count}"))
            run(me)
        with me.step(f"finds the layers of run {count}"):
            me.wait_for(lambda n=count: len(me.state["groups"]) >= n, "the group")
            groups = me.state["groups"]
            me.expect(len(groups) == count, f"groups {groups} after run {count}")
            me.expect(len(set(groups)) == count, f"groups {groups} are alike")


def matches_points(me, folder):
    with me.step("matches points"):
        before = len(me.state["layers"])
        open_algorithm(me, "Match points")
        pick_pair(me)
        run(me)
        me.expect(len(me.state["layers"]) > before, "Match points gives no layer")


def assesses(me):
    with me.step("assesses the alignment"):
        open_algorithm(me, "Assess alignment")
        pick_pair(me)
        run(me)


def draws_a_checkerboard(me, folder):
    with me.step("draws a checkerboard"):
        before = len(me.state["layers"])
        open_algorithm(me, "Checkerboard")
        words_not_codes(me, "Mode")
        me.choose("First raster", "optical")
        me.choose("Second raster", "sar")
        run(me)
        me.wait_for(lambda: len(me.state["layers"]) > before, "the checkerboard")


def applies(me, folder):
    with me.step("applies a transform to a further raster"):
        groups = len(me.state["groups"])
        open_algorithm(me, "Apply transform")
        me.fill("Transform", str(folder / "run 1" / "transform.json"))
        me.click_beside("Rasters")
        # The box in front of the name.
        me.tick_item("sar [EPSG:32632]")
        me.click("OK")
        me.fill("Folder for results", str(folder / "more"))
        run(me)
        me.wait_for(lambda: len(me.state["groups"]) > groups, "the warped raster")


def shell_lines():
    """Return the README's lines for qgis_process on Debian and Ubuntu."""
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, re.S)
    return next(block for block in blocks if "qgis_process" in block)


def test_command_line_of_the_readme_works(my_home, pair, tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    for file in pair:
        (place / file.name).symlink_to(file)
    done = subprocess.run(
        ["bash", "-uc", shell_lines()],
        cwd=place,
        env={**my_home.variables, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (place / "out" / "registered.tif").exists(), done.stdout + done.stderr
