import pytest
import torch
from soma.training import export, train


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Small tensors: threads that wait for one another cost more than they give."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def small_crops():
    """What training is judged and calibrated on: as small as the network takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "DEV_SIZE", 64)
        patch.setattr(export, "CALIBRATION_PX", 96)
        yield
