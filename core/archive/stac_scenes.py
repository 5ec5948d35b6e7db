"""Images that a STAC catalogue names: item collections, items and catalogues."""

from __future__ import annotations

import json
import os
from typing import Any, Iterator

import shapely

from ..base.errors import BadInput
from .remote import as_gdal, is_url, read_bytes
from .scenes import Scene, scene_of
from .table import required_module

#: Assets that are taken where none is asked for, by name and then by role.
_USUAL = {
    "sar": ("vv", "hh", "vh", "hv", "registered"),
    "optical": ("visual", "B04", "red", "image"),
}
_USUAL_ROLE = "data"
#: Properties that tell of cloud in percent, and of the relative orbit.
_CLOUD, _TRACK = "eo:cloud_cover", "sat:relative_orbit"


def scenes_of_catalogue(
    place: str, kind: str, asset: str = ""
) -> Iterator[Scene | BadInput]:
    """Yield the images that a catalogue names.

    Args:
        place: path or URL of a JSON file: an item, a collection of items, a catalogue.
        kind: "sar" or "optical", for the assets that are usual.
        asset: name or role of the asset that is wanted, "" for the usual one.

    What cannot be used comes as the error that says why; raises ``BadInput`` for what
    is no such file.
    """
    for item in _items(place):
        try:
            yield _scene(item, kind, asset)
        except BadInput as error:
            yield error


def _items(place: str) -> Iterator[Any]:
    pystac = required_module("pystac")
    url = place if is_url(place) else os.path.abspath(place)
    values = _json(url)
    try:
        if isinstance(values, dict) and values.get("type") == "FeatureCollection":
            for feature in values["features"]:
                yield pystac.Item.from_dict(feature, href=_self(feature, url))
            return
        found = pystac.read_dict(values, href=url, stac_io=_reader(pystac))
        items = [found] if isinstance(found, pystac.Item) else None
        yield from found.get_items(recursive=True) if items is None else items
    except (
        KeyError,
        TypeError,
        ValueError,
        pystac.STACError,
        pystac.STACTypeError,
    ) as error:
        raise BadInput.of("no_catalogue", path=place, why=error) from error


def _json(url: str) -> Any:
    try:
        return json.loads(read_bytes(url))
    except UnicodeDecodeError as error:
        raise BadInput.of("no_text_file", path=url) from error
    except ValueError as error:
        raise BadInput.of("not_json", path=url, why=error) from error


def _self(feature: dict[str, Any], url: str) -> str:
    """Return where an item says that it lies, else where its collection does."""
    links = feature.get("links") or ()
    own = [link.get("href", "") for link in links if link.get("rel") == "self"]
    return own[0] if own and own[0] else url


def _reader(pystac: Any) -> Any:
    class Reader(pystac.StacIO):  # type: ignore[misc,name-defined]
        """Reads catalogues wherever fsspec does."""

        def read_text(self, source: Any, *_: Any, **__: Any) -> str:
            return read_bytes(os.fspath(getattr(source, "href", source))).decode()

        def write_text(self, dest: Any, txt: str, *_: Any, **__: Any) -> None:
            raise NotImplementedError

    return Reader()


def _scene(item: Any, kind: str, wanted: str) -> Scene:
    asset = _asset(item, kind, wanted)
    path = as_gdal(asset.get_absolute_href() or asset.href)
    if item.geometry is None:
        return scene_of(path)
    shape = shapely.geometry.shape(item.geometry)
    outline = shape if shape.geom_type == "Polygon" else shape.convex_hull
    about = item.properties
    cloud, track = about.get(_CLOUD), about.get(_TRACK)
    time = item.datetime or item.common_metadata.start_datetime
    return Scene(path, outline, time, cloud, track)


def _asset(item: Any, kind: str, wanted: str) -> Any:
    assets = item.assets
    for name in (wanted,) if wanted else _USUAL[kind]:
        if name in assets:
            return assets[name]
    role = wanted or _USUAL_ROLE
    for asset in assets.values():
        if role in (asset.roles or ()):
            return asset
    known = ", ".join(assets)
    raise BadInput.of("no_asset", name=item.id, wanted=wanted or kind, assets=known)
