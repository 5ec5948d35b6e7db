"""What a map server says and draws: WMTS and WMS of tiles, in Web Mercator."""

from urllib.parse import parse_qs

from osgeo import gdal

#: Half of the side of the world, metres, and the scale of tiles of zoom 0.
_HALF, _SCALE = 20037508.342789244, 559082264.0287178

_WMTS = """<?xml version="1.0"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" version="1.0.0"
 xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink">
<Contents><Layer><ows:Title>map</ows:Title><ows:Identifier>map</ows:Identifier>
<ows:WGS84BoundingBox><ows:LowerCorner>-180 -85</ows:LowerCorner>
<ows:UpperCorner>180 85</ows:UpperCorner></ows:WGS84BoundingBox>
<Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style>
<Format>image/png</Format>
<TileMatrixSetLink><TileMatrixSet>google</TileMatrixSet></TileMatrixSetLink>
<ResourceURL format="image/png" resourceType="tile"
 template="{url}/tiles/{{TileMatrix}}/{{TileCol}}/{{TileRow}}.png"/></Layer>
<TileMatrixSet><ows:Identifier>google</ows:Identifier>
<ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>
{levels}</TileMatrixSet></Contents></Capabilities>"""

_LEVEL = """<TileMatrix><ows:Identifier>{zoom}</ows:Identifier>
<ScaleDenominator>{scale!r}</ScaleDenominator>
<TopLeftCorner>{left!r} {top!r}</TopLeftCorner>
<TileWidth>256</TileWidth><TileHeight>256</TileHeight>
<MatrixWidth>{count}</MatrixWidth><MatrixHeight>{count}</MatrixHeight></TileMatrix>
"""

_WMS = """<?xml version="1.0"?>
<WMS_Capabilities version="1.3.0" xmlns="http://www.opengis.net/wms"
 xmlns:xlink="http://www.w3.org/1999/xlink">
<Service><Name>WMS</Name><Title>map</Title></Service>
<Capability><Request>
<GetCapabilities><Format>text/xml</Format>{http}</GetCapabilities>
<GetMap><Format>image/png</Format>{http}</GetMap></Request>
<Layer><Title>all</Title><CRS>EPSG:3857</CRS>
<Layer queryable="0"><Name>map</Name><Title>map</Title><CRS>EPSG:3857</CRS>
<BoundingBox CRS="EPSG:3857" minx="-{half}" miny="-{half}" maxx="{half}" maxy="{half}"/>
</Layer></Layer></Capability></WMS_Capabilities>"""

_HTTP = """<DCPType><HTTP><Get><OnlineResource xlink:href="{url}/wms?"/></Get></HTTP>
</DCPType>"""


def wmts_capabilities(url, zooms):
    """Return what a WMTS with the server's tiles of some zoom levels says of itself."""
    levels = [
        _LEVEL.format(
            zoom=zoom, scale=_SCALE / 2**zoom, left=-_HALF, top=_HALF, count=2**zoom
        )
        for zoom in zooms
    ]
    return _WMTS.format(url=url, levels="".join(levels)).encode()


def wms_answer(url, query, tiles):
    """Answer a request to a WMS that draws a file of tiles."""
    asked = {key.lower(): values[0] for key, values in parse_qs(query).items()}
    if asked["request"] == "GetCapabilities":
        return _WMS.format(http=_HTTP.format(url=url), half=_HALF).encode()
    left, bottom, right, top = map(float, asked["bbox"].split(","))
    drawn = gdal.Warp(
        "",
        str(tiles),
        format="MEM",
        outputBounds=(left, bottom, right, top),
        width=int(asked["width"]),
        height=int(asked["height"]),
        dstSRS=asked["crs"],
    )
    name = f"/vsimem/{abs(hash(query))}.png"
    gdal.Translate(name, drawn, format="PNG")
    file = gdal.VSIFOpenL(name, "rb")
    data = gdal.VSIFReadL(1, gdal.VSIStatL(name).size, file)
    gdal.VSIFCloseL(file)
    gdal.Unlink(name)
    return bytes(data)
