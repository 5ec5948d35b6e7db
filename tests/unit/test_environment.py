"""What diagnostics say about the Python packages."""

import importlib.metadata
import sys

import cv2
import pytest
from soma.core import api

OPENCV = "opencv-python-headless"


@pytest.fixture
def without_metadata(monkeypatch):
    known = importlib.metadata.version

    def version(name):
        if name == OPENCV:
            raise importlib.metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_opencv_without_metadata_tells_its_version_itself(without_metadata):
    assert api.environment()[OPENCV] == cv2.__version__ != ""


def test_opencv_that_is_missing_has_no_version(without_metadata, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert api.environment()[OPENCV] == ""


def test_opencv_is_not_imported_where_metadata_tells_its_version(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    found = api.environment()
    assert found[OPENCV] == importlib.metadata.version(OPENCV)
    assert found["numpy"] == importlib.metadata.version("numpy")
