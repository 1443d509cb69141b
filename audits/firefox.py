"""Pages in Firefox: whether they fit, columns stay, and filters and the choice of colours work."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

BROWSERS = ("firefox-esr", "firefox")


def faults_in_firefox(address: str, paths: Iterable[str]) -> dict[str, list[str]]:
    """What is wrong on each page of the site at ``address``, on a phone and a desktop."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None) or sys.exit("no Firefox found")
    command = ["node", str(Path(__file__).with_suffix(".mjs")), browser, address, *paths]
    found: dict[str, list[str]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found
