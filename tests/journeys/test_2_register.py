"""Journey 2: from an empty project to a registered layer, and again tomorrow."""

from working import add_rasters, dock_is_back, open_dock, register, save_project

#: Fields of the form, by their labels.
FIELDS = ("SAR layer", "Optical layer", "Which moves", "Area")
TOOLS = (
    ("Points", "Click on the map", "Add a SAR raster to the project and choose it."),
    (
        "Compare",
        "Compare on the map",
        "There have to be two layers in the project to compare them.",
    ),
)
#: Pixels look alike that differ by fewer levels of green; maps with fewer other pixels.
LEVELS, ALIKE = 16, 0.002
METHOD = ("Model", "Transform", "Search", "Largest shift", "Working pixel", "Device")


def test_two_layers_are_registered(stage, my_home, pair):
    with stage.qgis(my_home) as me:
        empty_project(me)
        first_result(me, pair)
        wheel_changes_nothing(me)
        second_result(me)


def empty_project(me):
    with me.step("opens the dock in an empty project"):
        open_dock(me)
        me.see("Add a SAR raster to the project and choose it.")
        me.expect(not me.can_press("Register"), "Register can be pressed")
    for tab, button, reason in TOOLS:
        with me.step(f"tries {button} in an empty project"):
            me.tab(tab)
            me.hover(button, "button")
            if me.can_press(button):
                me.click(button)
            me.see(reason)
            me.expect(not me.is_on(button), f"{button} stays pressed for nothing")
    me.tab("Register")


def first_result(me, pair):
    with me.step("adds two layers, which the dock chooses"):
        add_rasters(me, *pair)
        me.wait_for(
            lambda: me.value("SAR layer") == "sar", "the SAR layer to be chosen"
        )
        me.expect(
            me.value("Optical layer") == "optical", "the optical layer is not chosen"
        )
        me.see("Overlap")
    with me.step("registers them"):
        register(me)
    with me.step("sees the registered image over the optical one"):
        state = me.state
        names = state["shown"]
        images = [name for name in names if me.said("registered") in name.lower()]
        me.expect(len(images) == 1, f"no registered image to be seen: {names}")
        me.expect("sar" not in names, "the unregistered image still lies over the map")
        if images and "optical" in names:
            over = names.index(images[0]) < names.index("optical")
            me.expect(
                over, f"the registered image is not over the optical one: {names}"
            )
        me.expect(len(state["groups"]) == 1, f"groups {state['groups']}")
        me.expect(
            me.value("SAR layer") == "sar", f"the form has {me.value('SAR layer')}"
        )
        me.expect(
            me.value("Optical layer") == "optical",
            f"the form has {me.value('Optical layer')}",
        )


def wheel_changes_nothing(me):
    with me.step("turns the wheel over the form"):
        me.click("Method", "button")
        for field in (*FIELDS, *METHOD):
            before = me.value(field)
            me.wheel(field, -1)
            me.wheel(field, 1)
            me.wheel(field, -1)
            me.expect(
                me.value(field) == before,
                f"the wheel changes {field} to {me.value(field)}",
            )
    with me.step("turns the wheel over the comparison"):
        me.tab("Compare")
        for field in ("First layer", "Second layer", "Show as"):
            before = me.value(field)
            me.wheel(field, -2)
            me.expect(
                me.value(field) == before,
                f"the wheel changes {field} to {me.value(field)}",
            )
        me.tab("Register")


def second_result(me):
    with me.step("registers them again"):
        register(me)
    with me.step("can tell the two runs apart"):
        state = me.state
        groups = state["groups"]
        me.expect(len(groups) == 2 and len(set(groups)) == 2, f"groups {groups}")
        images = [
            name for name in state["layers"] if me.said("registered") in name.lower()
        ]
        me.expect(len(images) == 2 and len(set(images)) == 2, f"images {images}")
        me.expect(
            me.value("SAR layer") == "sar", f"the form has {me.value('SAR layer')}"
        )
        me.expect(
            me.value("Optical layer") == "optical",
            f"the form has {me.value('Optical layer')}",
        )


def test_saved_project_is_as_it_was(stage, my_home, pair, tmp_path):
    project = tmp_path / "work.qgz"
    with stage.qgis(my_home, "first", files=pair) as me:
        with me.step("registers two layers"):
            open_dock(me)
            register(me)
        with me.step("pins a pair of points by hand"):
            me.tab("Points")
            me.click("Click on the map")
            me.press_at(*me.on_map(0.45, 0.45), holding="Shift")
            me.see("Now click where it belongs")
            me.press_at(*me.on_map(0.5, 0.5))
            me.see("Pair pinned by hand")
            me.click("Click on the map")
            me.tab("Register")
        with me.step("shows points and displacements too"):
            for name in ("sar, match points", "sar, displacements"):
                bare = me.still_map()
                me.tick_item(name)
                me.see_map_change(bare, name)
        with me.step("saves the project"):
            save_project(me, project)
            before, shown = me.state, me.still_map()
    with stage.qgis(my_home, "tomorrow", files=[project]) as me:
        with me.step("opens the project again"):
            me.wait_for(lambda: me.state["layers"], "the layers")
            me.wait_map()
            after = me.state
            for key in ("layers", "shown", "groups", "styles"):
                me.expect(
                    after[key] == before[key],
                    f"{key} were {before[key]}, are {after[key]}",
                )
        with me.step("finds the dock as it was"):
            dock_is_back(me)
            me.expect(
                me.value("SAR layer") == "sar", f"the form has {me.value('SAR layer')}"
            )
            me.expect(
                me.value("Optical layer") == "optical",
                f"the form has {me.value('Optical layer')}",
            )
            me.see("Overlap")
            me.see("Registered to within")
        with me.step("finds the points again"):
            me.tab("Points")
            me.wait_for(lambda: me.find("1", "item"), "the point")
            me.tab("Register")
        with me.step("finds the map as it was"):
            me.wait_for(lambda: differing(me.map_picture(), shown) < ALIKE, "the map")


def differing(one, two):
    """Return the share of pixels that look otherwise in two pictures of the map.

    Without the upper eighth, where QGIS may still say that a task has ended.
    """
    if len(one) != len(two):
        return 1.0
    first = len(one) // 32 * 4
    one, two = one[first:], two[first:]
    pairs = zip(one[1::4], two[1::4], strict=True)
    return sum(abs(a - b) > LEVELS for a, b in pairs) / (len(one) // 4)
