"""The same inputs give the same bytes, whatever the machine is set to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.publish.small_site import files
from tests.reference import ROOT

SETTINGS = (
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "jobs": "1"},
    {"PYTHONHASHSEED": "77", "TZ": "Pacific/Pago_Pago", "LC_ALL": "C.UTF-8", "jobs": "3"},
)


def test_hash_seed_time_zone_locale_and_processes_change_no_byte(small_data: Path, tmp_path: Path) -> None:
    sites = []
    for number, settings in enumerate(SETTINGS):
        out = tmp_path / f"site{number}"
        command = [sys.executable, "-m", "generator", "--data", str(small_data), "build", "--out", str(out)]
        environment = os.environ | {k: v for k, v in settings.items() if k != "jobs"} | {"SOURCE_DATE_EPOCH": "86400"}
        done = subprocess.run(
            [*command, "--jobs", settings["jobs"]],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "files changed" in done.stdout
        sites.append((files(out), (out / ".build/manifest").read_bytes()))
    assert sites[0] == sites[1]
    assert b"<lastmod>1970-01-02</lastmod>" in sites[0][0]["sitemap.xml"]
