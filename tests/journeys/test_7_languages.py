"""Journey 7: journeys 2 and 3 in Chinese, with letters of twice the size."""

from languages import chinese
from test_2_register import empty_project, first_result
from test_3_compare import SWITCH, every_mode, is_clean, swipe
from working import open_dock

#: Of a display on which letters are made so large.
SIZE = (2800, 1900)


def test_in_chinese_with_large_letters(stage, my_home, pair):
    my_home.speak("zh-Hans")
    large = {"QT_FONT_DPI": "192"}
    with stage.qgis(my_home, words=chinese(), variables=large, size=SIZE) as me:
        empty_project(me)
        first_result(me, pair)
        with me.step("opens the comparison"):
            open_dock(me)
            me.click("Zoom In", "button")
            me.tab("Compare")
            me.point(*me.on_map(0.3, 0.3))
            plain, bare = me.state, me.still_map()
        every_mode(me, bare)
        swipe(me)
        with me.step("switches the comparison off"):
            me.click(SWITCH)
            me.point(*me.on_map(0.3, 0.3))
            is_clean(me, plain)
