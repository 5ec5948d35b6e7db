"""A Sentinel-1 product as its SAFE folder: as much of it as GDAL's driver reads."""

from osgeo import gdal, osr

_UNIT = """<xfdu:contentUnit unitType="Measurement Data Unit" dmdID="a{p} c{p}">
<dataObjectPointer dataObjectID="m{p}"/></xfdu:contentUnit>"""
_META = """<metadataObject ID="{kind}{p}"><dataObjectPointer dataObjectID="d{kind}{p}"/>
</metadataObject>"""
_DATA = """<dataObject ID="{id}" repID="s1Level1{kind}Schema"><byteStream>
<fileLocation href="{file}"/></byteStream></dataObject>"""
_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1"><informationPackageMap>
<xfdu:contentUnit unitType="SAFE Archive Information Package">{units}</xfdu:contentUnit>
</informationPackageMap><metadataSection>{metas}</metadataSection>
<dataObjectSection>{datas}</dataObjectSection></xfdu:XFDU>
"""
_ANNOTATION = """<product><adsHeader><missionId>S1A</missionId>
<productType>GRD</productType><polarisation>{p}</polarisation><mode>IW</mode>
<swath>IW</swath><imageNumber>001</imageNumber></adsHeader><imageAnnotation>
<imageInformation><outputPixels>16 bit Unsigned Integer</outputPixels>
<numberOfSamples>{width}</numberOfSamples><numberOfLines>{height}</numberOfLines>
</imageInformation><processingInformation><ellipsoidName>WGS84</ellipsoidName>
</processingInformation></imageAnnotation><geolocationGrid><geolocationGridPointList>
{points}</geolocationGridPointList></geolocationGrid></product>
"""
_POINT = """<geolocationGridPoint><pixel>{pixel}</pixel><line>{line}</line>
<longitude>{x:.9f}</longitude><latitude>{y:.9f}</latitude><height>0</height>
</geolocationGridPoint>"""


def make_safe(folder, polarisations):
    """Write a product without georeference but for its grid of points.

    Args:
        folder: the .SAFE folder to make.
        polarisations: georeferenced rasters of one size by name, such as ``VV``.

    Returns:
        The name that GDAL gives to the first polarisation alone.
    """
    folder.mkdir()
    units, metas, datas = [], [], []
    for name, source in polarisations.items():
        data = gdal.Open(source)
        image = f"measurement-{name}.tif"
        bare = gdal.GetDriverByName("GTiff").Create(
            str(folder / image), data.RasterXSize, data.RasterYSize, 1, gdal.GDT_UInt16
        )
        bare.WriteArray(data.GetRasterBand(1).ReadAsArray())
        del bare
        (folder / f"annotation-{name}.xml").write_text(_annotation(data, name))
        (folder / f"calibration-{name}.xml").write_text("<calibration/>")
        units.append(_UNIT.format(p=name))
        for kind, schema, file in (
            ("a", "Product", f"annotation-{name}.xml"),
            ("c", "Calibration", f"calibration-{name}.xml"),
        ):
            metas.append(_META.format(kind=kind, p=name))
            datas.append(_DATA.format(id=f"d{kind}{name}", kind=schema, file=file))
        datas.append(_DATA.format(id=f"m{name}", kind="Measurement", file=image))
    manifest = folder / "manifest.safe"
    manifest.write_text(
        _MANIFEST.format(
            units="".join(units), metas="".join(metas), datas="".join(datas)
        )
    )
    first = next(iter(polarisations))
    return f"SENTINEL1_CALIB:UNCALIB:{manifest}:IW_{first}:AMPLITUDE"


def _annotation(data, name):
    source, degrees = data.GetSpatialRef(), osr.SpatialReference()
    degrees.ImportFromEPSG(4326)
    for reference in (source, degrees):
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    change = osr.CoordinateTransformation(source, degrees)
    points = []
    for i in range(6):
        for j in range(6):
            pixel, line = data.RasterXSize * i / 5, data.RasterYSize * j / 5
            at = gdal.ApplyGeoTransform(data.GetGeoTransform(), pixel, line)
            x, y, _ = change.TransformPoint(*at)
            points.append(_POINT.format(pixel=pixel, line=line, x=x, y=y))
    return _ANNOTATION.format(
        p=name, width=data.RasterXSize, height=data.RasterYSize, points="".join(points)
    )
