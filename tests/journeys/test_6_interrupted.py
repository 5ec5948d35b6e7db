"""Journey 6: runs that are cancelled, whose engine is killed, or that QGIS leaves."""

import os
import signal

from working import GOOD, RUN_S, open_dock, register

#: What a run says while it plans, matches and warps, before its share; without the dash
#: the form's *Matching effort* would be read.
PLANS = ("Opening the images –", "Looking at the overview –", "Looking at the whole –")
MATCHES = ("Matching –", "Matching tiles –", "Fitting –")
WARPS = ("Warping –", "Writing the results –", "Drawing the checkerboard –")
STAGES = {"plans": PLANS, "matches": MATCHES, "warps": WARPS}
#: A run may be too quick for the hand; then it is tried again.
TRIES = 4


def test_runs_are_cancelled(stage, my_home, large_pair):
    folder = large_pair[0].parent
    with stage.qgis(my_home, files=large_pair) as me:
        begin(me)
        for name, stages in STAGES.items():
            with me.step(f"cancels while it {name}"):
                before = set(folder.iterdir())
                meet(me, stages, lambda: me.press_here())
                me.see("Stopped")
                is_tidy(me, folder, before)
        with me.step("registers after all"):
            register(me)


def test_engine_is_killed(stage, my_home, large_pair):
    folder = large_pair[0].parent
    with stage.qgis(my_home, files=large_pair) as me:
        begin(me)
        for name, stages in STAGES.items():
            with me.step(f"loses the engine while it {name}"):
                before = set(folder.iterdir())
                meet(me, stages, lambda: kill_engine(me))
                me.see("ended unexpectedly")
                is_tidy(me, folder, before)
        with me.step("registers after all"):
            register(me)


def test_qgis_is_left_during_a_run(stage, my_home, large_pair):
    folder = large_pair[0].parent
    before = set(folder.iterdir())
    with stage.qgis(my_home, files=large_pair) as me:
        begin(me)
        with me.step("leaves QGIS while it matches"):
            meet(me, MATCHES, lambda: None)
            me.quit()
    left = {path.name for path in set(folder.iterdir()) - before}
    assert not left, f"left behind beside the files: {left}"


def begin(me):
    with me.step("opens the dock with two layers"):
        open_dock(me)
        me.wait_for(lambda: me.can_press("Register"), "Register")
        # So that warping takes its share of the time.
        me.click("Method", "button")
        me.choose("Model", "gradient")
        me.wait_for(lambda: me.can_press("Register"), "Register")


def meet(me, stages, act):
    """Start a run, and act as soon as it says one of the stages."""
    for _ in range(TRIES):
        # Cancel will be where the mouse is then.
        me.click("Register", seconds=120)
        if me.see(*stages, *GOOD, seconds=RUN_S) in stages:
            act()
            return
        me.wait_for(lambda: me.can_press("Register"), "Register")
    raise AssertionError(f"no run ever said {' or '.join(stages)}")


def kill_engine(me):
    found = me.program.children().items()
    workers = [pid for pid, words in found if "bootstrap.py" in words]
    assert workers, f"no engine among {dict(found)}"
    for pid in workers:
        os.kill(pid, signal.SIGKILL)


def is_tidy(me, folder, before):
    """Expect nothing of an interrupted run, and that another one can begin."""
    me.wait_for(lambda: me.can_press("Register"), "Register")
    me.wait_for(lambda: set(folder.iterdir()) == before, "the run's folder to go")
    # A look at the layers that follows may have files of its own for a moment.
    me.wait_for(lambda: not scratch(me), "temporary files to go")


def scratch(me):
    """Return the plugin's temporary files."""
    return [path for path in me.program.temporary_files() if "soma" in path.name]
