from __future__ import annotations

from pathlib import Path

import pytest

from tests.catalog.conftest import DataFolder


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")
