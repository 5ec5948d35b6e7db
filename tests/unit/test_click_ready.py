import pytest
from fakes import CountingFeedback
from soma.core.base.errors import BadInput, Cancelled
from soma.core.base.feedback import SILENT
from soma.core.engine import requests
from soma.core.engine.requests import CLICK_CALLS
from soma.core.simulate import simulate_pair


def test_what_prepares_a_click_does_its_work_and_leaves_no_trace(tmp_path):
    simulate_pair(str(tmp_path), size=300, seed=7)
    paths = {name: str(tmp_path / f"{name}.tif") for name in ("sar", "optical")}
    prepare = CLICK_CALLS["prepare_pair"]
    job = {**paths, "model": "gradient"}
    for size in (64, 256):
        assert prepare({"job": job, "window_px": size}, SILENT) is True
    with pytest.raises(BadInput, match="window is"):
        prepare({"job": job, "window_px": 5}, SILENT)

    with pytest.raises(Cancelled):
        prepare({"job": job}, CountingFeedback(stop_at=1))
    requests.release()
