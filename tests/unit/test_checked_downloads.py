"""What is downloaded or may be exchanged is checked: packages, weights."""

import re
import shutil
from pathlib import Path

import pytest
from soma.core.base.errors import BadInput
from soma.models import registry, weights

ROOT = Path(__file__).resolve().parents[2]


def lock(name="engine"):
    """Return the entries of a lock: name, version, number of checksums."""
    text = (ROOT / f"requirements/{name}.lock").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        pin, *sums = line.split()
        assert all(re.fullmatch("--hash=sha256:[0-9a-f]{64}", one) for one in sums)
        name, version = pin.split("==")
        found[name.lower()] = (version, len(sums))
    return found


def test_each_package_of_the_engine_has_checksums():
    entries = lock()
    assert all(count >= 1 for _, count in entries.values())
    # Wheels of several systems and Pythons, so that none is left without.
    assert entries["numpy"][1] > 20 and entries["rasterio"][1] > 8
    direct = (ROOT / "requirements/engine.txt").read_text(encoding="utf-8")
    for line in direct.splitlines():
        if line and not line.startswith("#"):
            assert re.split("[<>=]", line)[0].lower() in entries


def test_each_package_of_single_networks_has_checksums():
    entries = lock("networks")
    # Wheels of several systems of what is not Python alone.
    assert entries["kornia"][1] >= 2 and entries["kornia-rs"][1] > 20
    needs = {need for network in registry.MODELS.values() for need in network.needs}
    assert needs <= set(entries)


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Return the shipped weights in a folder that stands for the plugin's."""
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy(ROOT / "models/weights/soma-medium.safetensors", folder)
    monkeypatch.setattr(weights, "FOLDER", folder)
    monkeypatch.setattr(registry, "NEEDS", ())
    monkeypatch.delenv(weights.VARIABLE, raising=False)
    return folder / "soma-medium.safetensors"


def test_shipped_weights_are_those_that_were_published():
    assert registry.MODELS
    for network in registry.MODELS.values():
        file = network.file
        weights.check_published(weights.find(file), registry.CHECKSUMS[file])


def test_weights_with_one_bit_changed_are_told(published):
    content = bytearray(published.read_bytes())
    content[-1] ^= 1
    published.write_bytes(content)
    with pytest.raises(BadInput, match="not the file that was published"):
        registry.load_matcher("soma", "cpu")


def test_weights_that_somebody_names_may_be_any(published, monkeypatch):
    assert weights.is_chosen("soma-medium", str(published))
    assert not weights.is_chosen("soma-medium")
    monkeypatch.setenv(weights.VARIABLE, str(published))
    assert weights.is_chosen("soma-medium")
