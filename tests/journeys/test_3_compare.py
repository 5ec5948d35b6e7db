"""Journey 3: two layers are compared in every way, and nothing stays on the map."""

from itertools import pairwise

from screen import MIDDLE
from working import add_rasters, open_dock, remove_layer

MODES = (
    "Checkerboard",
    "Swipe left and right",
    "Swipe up and down",
    "Blend",
    "Red and cyan",
)
SWITCH = "Compare on the map"
#: What a comparison has to leave as it was.
MAP = ("items", "tool", "cursor")


def test_comparison_leaves_nothing_behind(stage, my_home, pair):
    with stage.qgis(my_home, files=pair) as me:
        with me.step("opens the dock and takes another map tool"):
            open_dock(me)
            me.click("Zoom In", "button")
            me.tab("Compare")
            me.point(*me.on_map(0.3, 0.3))
            plain, bare = me.state, me.still_map()
        every_mode(me, bare)
        swipe(me)
        flicker(me)
        zoom_and_pan(me)
        with me.step("switches the comparison off"):
            me.click(SWITCH)
            me.point(*me.on_map(0.3, 0.3))
            is_clean(me, plain)
        dock_is_closed(me, plain)
        layer_is_removed(me, plain, pair)


def is_clean(me, plain):
    """Wait for the canvas to be as it was."""

    def changed():
        now = me.state
        found = [f"{k} {plain[k]}, now {now[k]}" for k in MAP if now[k] != plain[k]]
        return found + (["the button is pressed"] if me.is_on(SWITCH) else [])

    try:
        me.wait_for(lambda: not changed(), "the map to be as before", 10)
    except AssertionError:
        me.fault(f"the comparison leaves something: {'; '.join(changed())}")


def every_mode(me, bare):
    with me.step("compares on the map"):
        me.click(SWITCH)
        seen = [me.see_map_change(bare, "the comparison")]
        me.expect(me.is_on(SWITCH), "the button does not stay pressed")
    for mode in MODES[1:]:
        with me.step(f"looks at {mode}"):
            me.choose("Show as", mode)
            seen.append(me.see_map_change(seen[-1], mode))
            me.expect(seen[-1] not in [bare, *seen[:-1]], f"{mode} shows nothing new")


def swipe(me):
    for mode, ends in (
        ("Swipe left and right", ((0.5, 0.4), (0.8, 0.4), (0.2, 0.4))),
        ("Swipe up and down", ((0.6, 0.2), (0.6, 0.8), (0.6, 0.3))),
    ):
        with me.step(f"moves the mouse over the edge of {mode}"):
            me.choose("Show as", mode)
            me.point(*me.on_map(0.3, 0.7))
            off = me.state["cursor"]
            first = me.on_map(*ends[0]) if "left" in mode else me.on_map(0.6, 0.2)
            me.point(*first)
            me.expect(
                me.state["cursor"] != off, "the mouse over the edge looks the same"
            )
            me.point(*me.on_map(0.3, 0.7))
            me.expect(
                me.state["cursor"] == off, "the mouse off the edge looks otherwise"
            )
        with me.step(f"drags the edge of {mode} both ways"):
            for start, end in pairwise(ends):
                before = me.map_picture()
                me.drag(me.on_map(*start), me.on_map(*end))
                me.point(*me.on_map(0.95, 0.95))
                me.see_map_change(before, "the edge elsewhere")
                share = end[0] if "left" in mode else end[1]
                told = int(me.value("Edge"))
                me.expect(abs(told - 100 * share) <= 2, f"edge at {share}, told {told}")


def flicker(me):
    with me.step("lets it flicker"):
        me.choose("Show as", "Flicker")
        me.point(*me.on_map(0.3, 0.3))
        first = me.map_picture()
        me.wait_for(lambda: me.map_picture() != first, "the other picture")
        me.wait_for(lambda: me.map_picture() == first, "the first picture again")
    with me.step("shows before and after"):
        me.choose("Show as", "Before and after")
        me.click("Shown: ")
        me.choose("Show as", "Checkerboard")


def zoom_and_pan(me):
    with me.step("zooms and pans"):
        was, picture = me.state["extent"], me.still_map()
        me.wheel_at(*me.on_map(0.4, 0.4), 1)
        me.wait_for(lambda: me.state["extent"] != was, "the map to zoom")
        picture = me.see_map_change(picture, "the comparison nearer")
        was = me.state["extent"]
        me.drag(me.on_map(0.5, 0.5), me.on_map(0.6, 0.6), MIDDLE)
        me.wait_for(lambda: me.state["extent"] != was, "the map to move")
        me.see_map_change(picture, "the comparison of another place")
        me.wheel_at(*me.on_map(0.4, 0.4), -1)
        me.still_map()
        me.expect(me.is_on(SWITCH), "the comparison has ended")


def dock_is_closed(me, plain):
    with me.step("closes the dock while it compares"):
        bare = me.still_map()
        me.click(SWITCH)
        me.see_map_change(bare, "the comparison")
        me.menu("Raster", "SOMA", "SOMA Registration")
        me.wait_for(
            lambda: not me.find("SOMA Registration", "dock"), "the dock to close"
        )
        me.point(*me.on_map(0.3, 0.3))
        is_clean(me, plain)
    with me.step("opens it again"):
        open_dock(me)
        me.tab("Compare")
        me.expect(not me.is_on(SWITCH), "the comparison is on")


def layer_is_removed(me, plain, pair):
    with me.step("removes a layer while it compares"):
        if not me.is_on(SWITCH):
            bare = me.still_map()
            me.click(SWITCH)
            me.see_map_change(bare, "the comparison")
        remove_layer(me, "sar")
        me.point(*me.on_map(0.3, 0.3))
        is_clean(me, plain)
        me.still_map()
    with me.step("adds it again"):
        add_rasters(me, pair[0])
        me.still_map()
        me.expect(not me.is_on(SWITCH), "the comparison is on")
