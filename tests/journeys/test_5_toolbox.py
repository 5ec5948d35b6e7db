"""Journey 5: the same from the toolbox, in batch, in models and without a window."""

import re
import subprocess
from pathlib import Path

from working import RUN_S

README = Path(__file__).resolve().parents[2] / "README.md"
BAD = ("Execution failed", "Unable to execute")


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


def open_algorithm(me, name):
    """Look for an algorithm of the plugin and open its dialog."""
    me.fill("Search…", name)
    me.wait_for(lambda: me.find("SOMA Registration", "item"), name)
    me.double_click(name, "item")
    me.wait_for(lambda: me.find("Run", "button"), f"the dialog of {name}")


def run(me):
    """Run what the dialog says, until it has worked; close it."""
    me.click("Run")
    me.see("finished", *BAD, seconds=RUN_S)
    if not me.sees("finished") or me.sees("Execution failed"):
        raise AssertionError(f"it did not work: {me.read_all()}")
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
