"""Fixtures of the export tests."""

from pathlib import Path

import pytest

from mailproof.export.collect import RecordList
from tests.export.samples import sample


@pytest.fixture
def found(tmp_path: Path) -> RecordList:
    """Every record of one environment with a hosted and two external zones."""
    return sample(tmp_path)
