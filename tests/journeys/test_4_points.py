"""Journey 4: a registration made of clicks, from the first one to the last."""

from working import open_dock

#: Where the person clicks, by shares of the map.
PLACES = ((0.3, 0.3), (0.7, 0.3), (0.5, 0.5), (0.3, 0.7), (0.7, 0.7), (0.5, 0.25))
PICK = "Click on the map"
#: Until the engine has answered a click.
CLICK_S = 120


def test_points_are_clicked_and_applied(stage, my_home, pair, tmp_path):
    with stage.qgis(my_home, files=pair) as me:
        with me.step("opens the tab of the points with another map tool"):
            open_dock(me)
            me.wait_for(lambda: me.value("SAR layer") == "sar", "the SAR layer")
            me.click("Zoom In", "button")
            me.tab("Points")
            me.point(*me.on_map(0.5, 0.9))
            plain = me.state
        six_clicks(me)
        by_hand(me)
        drag_and_undo(me)
        delete_one(me)
        preview(me)
        export_and_import(me, tmp_path / "mine.points")
        apply(me)
        with me.step("leaves the tool"):
            if me.is_on(PICK):
                me.click(PICK)
            me.point(*me.on_map(0.5, 0.9))
            now = me.state
            for key in ("tool", "cursor"):
                me.expect(
                    now[key] == plain[key], f"{key} was {plain[key]}, is {now[key]}"
                )
        with me.step("deletes all points, which leaves nothing on the map"):
            me.click("Delete all points")
            me.wait_for(lambda: not rows(me), "the table to be empty")


def rows(me):
    """Return the numbers in the table of points."""
    found = me.ask("all", kind="item")
    names = {thing["text"] for thing in found if thing.get("column") == 0}
    return sorted(int(name) for name in names if name.isdigit())


def six_clicks(me):
    with me.step("makes six clicks"):
        me.choose("Window", "Small (128 px)")
        me.click(PICK)
        me.wait_for(lambda: me.is_on(PICK), "the tool")
        for number, place in enumerate(PLACES, 1):
            me.press_at(*me.on_map(*place))
            me.wait_for(lambda n=number: n in rows(me), f"point {number}", CLICK_S)
    with me.step("reads the transform"):
        me.see("residual")


def by_hand(me):
    with me.step("pins one pair by hand"):
        me.press_at(*me.on_map(0.42, 0.6), holding="Shift")
        me.see("Now click where it belongs")
        me.press_at(*me.on_map(0.46, 0.6))
        me.see("Pair pinned by hand")
        me.wait_for(lambda: 7 in rows(me), "point 7")


def drag_and_undo(me):
    with me.step("drags a point"):
        before = me.still_map()
        start = me.on_map(*PLACES[2])
        me.drag(start, (start[0] + 30, start[1] + 20))
        me.see_map_change(before, "the point elsewhere")
        me.wait_for(lambda: me.can_press("Take the last change back"), "undo")
    with me.step("takes it back"):
        moved = me.still_map()
        me.click("Take the last change back")
        me.see_map_change(moved, "the point where it was")


def delete_one(me):
    with me.step("deletes the point by hand"):
        me.click("7", "item")
        me.click("Delete the selected point")
        me.wait_for(lambda: 7 not in rows(me), "point 7 to go")


def preview(me):
    with me.step("looks at the preview"):
        bare = me.still_map()
        me.click("Preview")
        shown = me.see_map_change(bare, "the preview")
        me.expect(me.is_on("Preview"), "Preview does not stay pressed")
        # Without the map's white margins.
        grey = sum(40 < green < 230 for green in shown[1::4]) / (len(shown) // 4)
        me.expect(grey > 0.2, f"the radar image is black: {grey:.0%} is grey")
    with me.step("switches the preview off"):
        shown = me.still_map()
        me.click("Preview")
        me.see_map_change(shown, "the plain map")
        me.expect(me.still_map() == bare, "the map is not as before the preview")


def export_and_import(me, file):
    with me.step("writes the points into a file"):
        me.click("Write a .points file")
        me.fill("File name:", str(file))
        me.key("Enter")
        me.see("Written: ")
        me.expect(file.exists(), f"there is no {file.name}")
    with me.step("deletes all points and reads them again"):
        count = len(rows(me))
        me.click("Delete all points")
        me.wait_for(lambda: not rows(me), "the table to be empty")
        me.click("Read a .points file")
        me.fill("File name:", str(file))
        me.key("Enter")
        me.see("points were read from")
        me.wait_for(lambda: len(rows(me)) == count, f"{count} points")
        me.see("residual")


def apply(me):
    with me.step("applies the transform"):
        before = me.state["layers"]
        me.click("Preview")
        me.wait_for(lambda: me.can_press("Apply"), "Apply")
        me.click("Apply")
        me.wait_for(lambda: len(me.state["layers"]) > len(before), "the result", 180)
        me.wait_for(lambda: me.can_press("Apply"), "Apply again")
        me.expect(not me.is_on("Preview"), "the preview lies over the result")
        me.still_map()
