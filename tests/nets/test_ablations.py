"""Ablations: trained alike, exported, and rows of the benchmark that never mix."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from soma.benchmark.methods import registry, variants
from soma.benchmark.methods.product import Product
from soma.benchmark.methods.variants import ABLATIONS, weights_of
from soma.benchmark.stages import run
from soma.benchmark.stages.store import Run
from soma.benchmark.studies import ablation_table, ablations
from soma.benchmark.studies.ablations import config_of, make
from soma.core.base.errors import BadInput, ModelUnavailable
from soma.core.base.types import Search
from soma.models import weights

from .scenes import packed_pairs, patchwork

SETTINGS = [
    "model=tiny", "batch=2", "crops=64", "save_every=2", "dev_pairs=1", "dev_share=0.2",
]  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return packed_pairs(tmp_path_factory.mktemp("ablated"), 6, 224)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(variants, "FOLDER", tmp_path / "ablations")
    return tmp_path / "ablations"


@pytest.fixture(scope="module")
def chosen(data):
    """Return the configuration of a row for some steps."""

    def choose(name, steps=1, *more):
        settings = [f"data={data}", *SETTINGS, *more]
        return config_of(name, ablations.CONFIG, steps, settings)

    return choose


@pytest.fixture(scope="module")
def trained(tmp_path_factory, chosen):
    """The weights of all rows, by name; nothing may change them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(variants, "FOLDER", tmp_path_factory.mktemp("trained"))
        steps = [make(name, chosen(name), np.inf, pairs=3) for name in ABLATIONS]
        assert steps == [1] * len(ABLATIONS)
        return {name: weights_of(name) for name in ABLATIONS}


@pytest.fixture
def rows(trained, monkeypatch):
    """The same, where the rows look for them."""
    monkeypatch.setattr(variants, "FOLDER", trained["soma-full"].parent)
    return trained


def test_rows_differ_in_what_they_leave_out_alone(chosen):
    full = chosen("soma-full").to_dict()
    for name, ablation in ABLATIONS.items():
        other = chosen(name).to_dict()
        changed = {key for key in full if full[key] != other[key]} - {"out"}
        assert changed == {c.partition("=")[0] for c in ablation.changes}


def test_missing_weights_name_the_command_that_makes_them(folder):
    with pytest.raises(ModelUnavailable, match=r"ablations --set \S+ --only soma-un"):
        registry.load("soma-untied")


def test_every_row_trains_exports_and_aligns(rows):
    found = {}
    optical, sar = patchwork(50, 96)
    for name in rows:
        method = registry.load(name)
        found[name] = registry.weights_version(method)
        own = method(optical, sar, Search(8, 2, 1.01), dense=False).figures
        lattice = np.array(own["own_flow"])
        assert lattice.shape == (256, 4)
        matrix = np.array(own["unjudged_mov_to_ref"])
        affine = lattice[:, :2] @ matrix[:2, :2].T + matrix[:2, 2]
        gap = np.abs(affine - lattice[:, 2:]).max()
        if name == "soma-affine":
            assert gap < 0.01
        if name == "soma-flow":
            assert gap > 0.01
    assert len(set(found.values())) == len(ABLATIONS)
    ablation_table.check_alike(list(ABLATIONS))


def test_a_variant_is_never_taken_for_the_network(rows):
    """Affine and flow alone have the very tensors of the whole network."""
    for name, path in rows.items():
        if any(c.startswith("variant=") for c in ABLATIONS[name].changes):
            with pytest.raises(BadInput, match="does not fit this version"):
                weights.load_network(path)
        else:
            weights.load_network(path)


def test_a_stopped_row_goes_on_and_a_finished_one_is_left_alone(folder, chosen):
    config = chosen("soma-affine", 2)
    assert make("soma-affine", config, 0.0, pairs=3) == 0
    assert not (folder / "soma-affine.safetensors").exists()
    assert make("soma-affine", config, np.inf, pairs=3) == 2
    before = weights_of("soma-affine").stat().st_mtime_ns
    assert make("soma-affine", config, np.inf, pairs=3) == 2
    assert weights_of("soma-affine").stat().st_mtime_ns == before
    with pytest.raises(BadInput, match="trained with another lr, steps"):
        make("soma-affine", chosen("soma-affine", 6, "lr=0.5"), np.inf, pairs=3)


def test_rows_of_other_budgets_are_not_compared(trained, folder):
    folder.mkdir()
    for name, steps in (("soma-full", 2), ("soma-untied", 3)):
        state, record = weights.read(trained[name])
        record = replace(record, training={**record.training, "steps": steps})
        weights.write(folder / f"{name}.safetensors", state, record)
    with pytest.raises(BadInput, match="trained with another steps"):
        ablation_table.check_alike(["soma-full", "soma-untied"])


def test_predictions_of_other_weights_never_mix(rows, tmp_path, monkeypatch):
    own = weights.find("soma-medium")
    used = [str(own)]
    monkeypatch.setitem(registry.METHODS, "soma", lambda: Product("soma", used[0]))
    monkeypatch.setattr(run, "cases", lambda *_, **__: iter(()))
    job = Run("any", "near256", "soma")
    run.predict(job, tmp_path / "out")
    run.predict(job, tmp_path / "out")
    used[0] = str(weights_of("soma-full"))
    with pytest.raises(BadInput, match="another weights"):
        run.predict(job, tmp_path / "out")


def test_the_command_says_what_is_left_to_do(folder, data, monkeypatch, capsys):
    call = ["ablations", "--steps", "2", "--only", "soma-full", "--pairs", "3"]
    call += ["--minutes", "0", "--set", f"data={data}", *SETTINGS]
    monkeypatch.setattr(sys, "argv", call)
    assert ablations.main() == 1
    assert "soma-full: 0 of 2 steps" in capsys.readouterr().out
    call[call.index("--minutes") + 1] = "10"
    assert ablations.main() == 0
    assert weights_of("soma-full").is_file()
