import dataclasses
import json
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from soma.core import api
from soma.core.base.errors import BadInput, ModelUnavailable
from soma.core.base.job import Job
from soma.core.base.types import Search, Tile, TilePair
from soma.core.commandline.main import main
from soma.models import registry, weights
from soma.models.network.soma import TINY, Soma
from soma.training.checkpoint import load, save
from soma.training.config import TrainConfig
from soma.training.state import begin


def record(**changes):
    values = weights.Record(
        TINY.to_dict(),
        {"steps": 3},
        "0.0",
        (1.2, -0.1),
        (0.5, 1.0, -2.0),
        {"a": {"b": 1}},
    )
    return dataclasses.replace(values, **changes)


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "soma-small.safetensors"
    weights.write(path, Soma(TINY).state_dict(), record())
    return path


def test_round_trip(file):
    torch.manual_seed(0)
    original = Soma(TINY).state_dict()
    net, found = weights.load_network(file)
    assert found == record(architecture=json.loads(json.dumps(TINY.to_dict())))
    assert net.config == TINY
    assert not net.training
    for name, value in net.state_dict().items():
        if value.is_floating_point():
            assert torch.equal(value, original[name].half().float()), name


def test_truncated_file(file):
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(BadInput, match="not a complete safetensors file"):
        weights.load_network(file)


def test_file_of_something_else(tmp_path):
    path = tmp_path / "x.safetensors"
    path.write_text("hello")
    with pytest.raises(BadInput, match="not a complete safetensors file"):
        weights.read(path)
    save_file({"w": torch.zeros(2)}, str(path))
    with pytest.raises(BadInput, match="something else than SOMA"):
        weights.read(path)
    save_file({"w": torch.zeros(2)}, str(path), metadata={"format": "soma-weights-1"})
    with pytest.raises(BadInput, match=r"not fit this version .*soma-weights-1"):
        weights.read(path)


@pytest.mark.parametrize("change", ["missing", "extra", "shape", "architecture"])
def test_weights_that_do_not_fit(tmp_path, change):
    state, what = Soma(TINY).state_dict(), record()
    name = next(iter(state))
    if change == "missing":
        del state[name]
    elif change == "extra":
        state["other"] = torch.zeros(1)
    elif change == "shape":
        state[name] = torch.zeros(1, 2)
    else:
        what = record(architecture={"layers": 3})
    path = tmp_path / "x.safetensors"
    weights.write(path, state, what)
    with pytest.raises(BadInput, match="does not fit this version"):
        weights.load_network(path)


@pytest.mark.parametrize(
    "asked",
    [
        {"widths": [24, 32, 48, 100_000]},
        {"attention": 10**9},
        {"radius": [4, 4, 10**30]},
        {"hidden": [32, 32, float("nan")]},
        {"widths": 5},
        {"widths": [[[]]]},
        [],
    ],
)
def test_an_architecture_without_measure_is_told_before_it_is_built(tmp_path, asked):
    path = tmp_path / "x.safetensors"
    asked = {**TINY.to_dict(), **asked} if asked else asked
    weights.write(path, Soma(TINY).state_dict(), record(architecture=asked))
    with pytest.raises(BadInput, match=r"x\.safetensors"):
        weights.load_network(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_told(tmp_path, value):
    state = Soma(TINY).state_dict()
    name = next(name for name, part in state.items() if part.is_floating_point())
    state[name].view(-1)[0] = value
    path = tmp_path / "x.safetensors"
    weights.write(path, state, record())
    with pytest.raises(BadInput, match="no numbers"):
        weights.load_network(path)


@pytest.mark.parametrize("key", ["calibration", "peaks", "architecture", "figures"])
@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5000, "null", '{"a": 1}'])
def test_headers_of_any_kind_are_told(tmp_path, key, text):
    header = {"format": weights.FORMAT, "version": "0", "training": "{}"}
    header |= {"calibration": "[1, 0]", "peaks": "[1]", "architecture": "{}"}
    header |= {"figures": "{}", key: text}
    path = tmp_path / "x.safetensors"
    save_file({"w": torch.zeros(2)}, str(path), metadata=header)
    with pytest.raises(BadInput):
        weights.load_network(path)


def test_a_user_without_home_finds_what_is_there(file, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", weights.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda _: {}["nobody"])
    monkeypatch.setattr(weights, "FOLDER", file.parent)
    assert weights.find("soma-small") == file
    with pytest.raises(ModelUnavailable):
        weights.find("another")


def test_damaged_header(tmp_path):
    path = tmp_path / "x.safetensors"
    header = {"format": weights.FORMAT, "architecture": "{"}
    save_file({"w": torch.zeros(2)}, str(path), metadata=header)
    with pytest.raises(BadInput, match="damaged header"):
        weights.read(path)


def test_lookup_order(file, tmp_path, monkeypatch):
    other = tmp_path / "other" / "soma-small.safetensors"
    other.parent.mkdir()
    other.write_bytes(file.read_bytes())
    monkeypatch.delenv(weights.VARIABLE, raising=False)
    monkeypatch.setattr(weights, "FOLDER", tmp_path / "none")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ModelUnavailable, match="No weights for soma-small"):
        weights.find("soma-small")
    cached = weights.cache_folder() / file.name
    cached.parent.mkdir(parents=True)
    cached.write_bytes(file.read_bytes())
    assert weights.find("soma-small") == cached
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    assert weights.find("soma-small") == file
    monkeypatch.setenv(weights.VARIABLE, str(other.parent))
    assert weights.find("soma-small") == other
    assert weights.find("soma-small", str(file)) == file
    with pytest.raises(BadInput, match=r"nowhere.safetensors does not exist"):
        weights.find("soma-small", str(tmp_path / "nowhere.safetensors"))


@pytest.mark.parametrize("named", ["lightglue", "soma-medium"])
def test_a_named_file_counts_for_the_network_whose_weights_it_holds(
    tmp_path, monkeypatch, named
):
    monkeypatch.delenv(weights.VARIABLE, raising=False)
    own = {
        network.file: weights.find(network.file) for network in registry.MODELS.values()
    }
    given = tmp_path / "mine.safetensors"
    given.write_bytes(own[named].read_bytes())
    monkeypatch.setenv(weights.VARIABLE, str(given))
    for name, path in own.items():
        assert weights.find(name) == (given if name == named else path)
        assert weights.is_chosen(name) == (name == named)
    assert registry.load_matcher("lightglue", "cpu").name == "lightglue"
    given.write_bytes(own[named].read_bytes()[:-50])
    with pytest.raises(BadInput, match=r"mine\.safetensors is not a complete"):
        registry.load_matcher(named.partition("-")[0], "cpu")


def test_a_named_folder_counts_for_the_networks_whose_weights_it_holds(
    tmp_path, monkeypatch
):
    monkeypatch.delenv(weights.VARIABLE, raising=False)
    soma, own = weights.find("soma-medium"), weights.find("loftr")
    given = tmp_path / "mine" / own.name
    given.parent.mkdir()
    monkeypatch.setenv(weights.VARIABLE, str(given.parent))
    with pytest.raises(BadInput, match="does not exist"):
        weights.find("loftr")
    given.write_bytes(own.read_bytes())
    assert weights.find("loftr") == given
    assert weights.find("soma-medium") == soma
    assert registry.load_matcher("loftr", "cpu").name == "loftr"
    monkeypatch.setenv(weights.VARIABLE, str(given.with_name("none.safetensors")))
    with pytest.raises(BadInput, match="does not exist"):
        weights.find("loftr")


@pytest.mark.parametrize("mistyped", ["none", "none.safetensors", "own"])
def test_a_mistyped_variable_is_told_to_who_asked_for_no_model(
    file, tmp_path, monkeypatch, mistyped
):
    own = tmp_path / "own" / "mine.safetensors"
    own.parent.mkdir()
    own.write_bytes(file.read_bytes())
    monkeypatch.setenv(weights.VARIABLE, str(tmp_path / mistyped))
    for ask in (api.load_matcher, api.check_model, api.chosen_model):
        with pytest.raises(BadInput, match=r"SOMA_WEIGHTS: the weights file .* not"):
            ask(Job("", ""))
    assert api.load_matcher(Job("", "", model="gradient")).name == "gradient"


def test_own_networks_are_loaded_to_be_sure_of_them(file, monkeypatch, capsys):
    cut = file.with_name("cut.safetensors")
    cut.write_bytes(file.read_bytes()[:-50])
    monkeypatch.setenv(weights.VARIABLE, str(cut))
    assert registry.available()[0].state == "ready"
    assert "cut.safetensors is not a complete" in registry.available(True)[0].state
    assert main(["models", "soma", "--check"]) == 0
    assert "cut.safetensors is not a complete" in capsys.readouterr().out
    monkeypatch.setenv(weights.VARIABLE, str(file))
    assert [info.state for info in registry.available(True)[:5]] == ["ready"] * 5


@pytest.mark.parametrize(
    ("asked", "given"),
    [("loftr", "osrnet"), ("osrnet", "lightglue"), ("soma", "loftr")],
)
def test_weights_of_another_network_are_told_with_its_name(asked, given):
    path = str(weights.find(registry.MODELS[given].file))
    with pytest.raises(BadInput, match=f"holds weights of the model {given};"):
        registry.load_matcher(asked, "cpu", path)


def test_a_soma_of_ones_own_leaves_lightglue_its_encoder(file, monkeypatch):
    monkeypatch.setenv(weights.VARIABLE, str(file))
    assert weights.find("soma-medium") == file
    assert registry.load_matcher("lightglue", "cpu").name == "lightglue"


def test_registry(file, monkeypatch):
    monkeypatch.setenv(weights.VARIABLE, str(file))
    file.with_suffix(".md").write_text("# the card\n")
    info = registry.available()[0]
    assert (info.name, info.state, info.card) == ("soma", "ready", "# the card")
    assert registry.best() == "soma"
    matcher = registry.load_matcher("soma", "cpu")
    assert matcher.name == "soma"
    with pytest.raises(BadInput, match="model is one of auto, gradient, soma"):
        registry.load_matcher("sift")
    with pytest.raises(BadInput, match="device is auto, cpu"):
        registry.load_matcher("soma", "tpu3000")
    monkeypatch.setattr(registry, "missing", lambda name="": "torch")
    assert registry.best() == ""
    with pytest.raises(ModelUnavailable, match="needs torch"):
        registry.load_matcher("soma")


def test_auto_has_the_network_at_hand_for_all_but_clicks(file, monkeypatch, capsys):
    monkeypatch.setenv(weights.VARIABLE, str(file))

    def taken(at_once=False, **asked):
        return api.load_matcher(Job("", "", **asked), at_once).name

    assert taken() == "gradient+soma"
    assert taken(at_once=True) == "gradient"
    assert taken(at_once=True, model="soma") == "soma"
    assert taken(at_once=True, weights=str(file)) == "soma"
    assert taken(model="gradient") == "gradient"
    assert main(["models"]) == 0
    assert "soma       ready, taken by auto\n" in capsys.readouterr().out
    monkeypatch.setattr(registry, "missing", lambda name="": "safetensors")
    assert taken() == "gradient"
    assert main(["models"]) == 0
    assert "soma       needs safetensors\n" in capsys.readouterr().out


def test_a_torch_that_does_not_start_is_told_to_who_asked_for_it(file, monkeypatch):
    monkeypatch.setenv(weights.VARIABLE, str(file))
    monkeypatch.setitem(sys.modules, "soma.models.matcher.predictor", None)
    with pytest.raises(ModelUnavailable, match="does not start here"):
        api.load_matcher(Job("", "", model="soma"))
    noise = np.random.default_rng(0).random((2, 64, 64), np.float32)
    tiles = [Tile(one, one >= 0, np.eye(3), "sar") for one in noise]
    auto = api.load_matcher(Job("", ""))
    assert auto.match([TilePair(*tiles)], Search(8.0))[0].model == "gradient"


def test_registry_does_not_import_torch():
    import subprocess
    from pathlib import Path

    root = Path(__file__).parents[2]
    code = (
        f"import sys; sys.path.insert(0, {str(root / 'tests/support')!r}); "
        "import checkout; checkout.import_root();"
        "from soma.models import registry; registry.available();"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_training_starts_from_exported_weights_and_moves_between_devices(
    file, tmp_path
):
    chosen = TrainConfig(model="tiny", out=str(tmp_path / "run"), device="cpu")
    run = begin(chosen, file)
    for name, value in weights.read(file)[0].items():
        assert torch.equal(run.net.state_dict()[name], value), name
        assert torch.equal(run.ema.state[name], value), name
    run.step = 5
    run.keep()
    state = load(run.checkpoint, torch.device("cpu"))
    state["generator"] = torch.zeros(16, dtype=torch.uint8)  # as a GPU's is
    save(run.checkpoint, state)
    assert begin(chosen).step == 5


def test_training_does_not_start_from_another_network(file, tmp_path):
    chosen = TrainConfig(model="small", out=str(tmp_path / "run"), device="cpu")
    with pytest.raises(BadInput, match="holds a network that is not small"):
        begin(chosen, file)
