import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Small tensors: threads that wait for one another cost more than they give."""
    torch.set_num_threads(1)
