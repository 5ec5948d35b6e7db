"""A job survives JSON, and malformed ones are told in one sentence."""

import pytest
from soma.core.base.errors import BadInput
from soma.core.base.job import Job


def test_a_job_survives_json():
    job = Job("a.tif", "b.tif", sar_bands=(2, 1), aoi=(0.0, 1.0, 2.0, 3.0), grid="2.5")
    assert Job.from_json(job.to_json()) == job


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "3",
        "[]",
        '{"sar": "a"}',
        '{"sar": "a", "optical": "b", "magic": 1}',
        '{"sar": "a", "optical": "b", "max_rotation_deg": -5}',
        '{"sar": 5, "optical": "b"}',
        '{"sar": "a", "optical": "b", "threads": "two"}',
        '{"sar": "a", "optical": "b", "sar_bands": 5}',
        '{"sar": "a", "optical": "b", "aoi": 5}',
        '{"sar": "a", "optical": "b", "aoi": [0, 1, 2, "x"]}',
    ],
)
def test_malformed_jobs_are_bad_input(text):
    with pytest.raises(BadInput):
        Job.from_json(text)
