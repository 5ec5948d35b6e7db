"""How the plugin and QGIS say things in Chinese."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "i18n" / "soma_zh_CN.ts"
#: Words of QGIS itself; Qt's own stay English where its translations are missing.
_QGIS = {
    "Project": "工程",
    "Exit QGIS": "退出QGIS",
    "Raster": "栅格",
    "Layer": "图层",
    "Add Layer": "添加图层",
    "Add Raster Layer": "添加栅格图层",
    "Raster dataset(s)": "栅格数据集",
    "Add": "添加",
    "Zoom In": "放大",
    "Remove Layer…": "移除图层…",
}
#: Beginnings of the plugin's texts.
_PARTS = {
    "Registered to within": "已配准，误差在",
    "registered": "已配准",
    "Overlap": "重叠区",
    "Shown: ": "当前显示",
}


def chinese() -> dict:
    """Return Chinese texts by the English ones."""
    found = {}
    for message in ElementTree.parse(TABLE).iter("message"):
        source, told = message.findtext("source"), message.findtext("translation")
        if source and told:
            found[_plain(source)] = _plain(told)
    return {**found, **_QGIS, **_PARTS}


def _plain(text: str) -> str:
    """Return a text without marks of access keys, which Chinese puts into brackets."""
    return re.sub(r"\(&\w\)", "", text.replace("\xa0", " ")).replace("&", "")
