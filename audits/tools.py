"""The validator and the auditor, run over pages, and what they say in a few words."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

NODE_MODULES = Path(__file__).parent / "node_modules"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
UNASKED = "is-crawlable"
"""The audit that pages fail which ask not to be listed, as some kinds should."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What Lighthouse says of a page.

    scores : of a hundred, by category. failed : audits that took something away, with what they found first.
    """

    scores: dict[str, int]
    failed: tuple[str, ...]

    @property
    def faultless(self) -> bool:
        """Whether every score is a hundred."""
        return min(self.scores.values()) == 100


def messages(files: Iterable[Path]) -> dict[str, list[str]]:
    """Errors and warnings of the Nu validator, by file."""
    jar = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-jar", str(jar), "--format", "json", "--exit-zero-always", "--stdout", *map(str, files)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found: dict[str, list[str]] = {}
    for each in answer["messages"]:
        kind = each.get("subType", each["type"])
        line = f"{kind}, line {each.get('lastLine')}: {each['message']}"
        found.setdefault(each["url"].removeprefix("file:"), []).append(line)
    return found


def audit(address: str, listed: bool) -> Audit:
    """Lighthouse's scores of one page, as a phone on a slow network, the slowness worked out.

    listed : whether search engines may list the page; otherwise that isn't held against it.
    """
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None) or sys.exit("no Chromium found")
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [
            str(NODE_MODULES / ".bin" / "lighthouse"),
            address,
            "--quiet",
            "--output=json",
            f"--output-path={report.name}",
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags={FLAGS}",
        ]
        if not listed:
            command.append(f"--skip-audits={UNASKED}")
        subprocess.run(command, check=True, env=os.environ | {"CHROME_PATH": browser})
        answer = json.load(report)
    scores = {name: round((answer["categories"][name]["score"] or 0) * 100) for name in CATEGORIES}
    weighed = {each["id"] for name in CATEGORIES for each in answer["categories"][name]["auditRefs"] if each["weight"]}
    failed = (each for name, each in answer["audits"].items() if name in weighed)
    return Audit(scores, tuple(_words(each) for each in failed if each["score"] is not None and each["score"] < 1))


def _words(found: dict[str, object]) -> str:
    return " ".join(str(part) for part in (found["id"], found.get("displayValue", "")) if part)
