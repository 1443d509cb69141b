"""Where the time of a build went, as told when it is done."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from msgspec import Struct, field

LOAD, COMPARE, ESTIMATE, MODELS = "load data", "compare inputs", "estimate", "page models"
RENDER, DIGESTS, WRITE, FILES = "render", "digests", "write", "files beside the pages"
RECORDS, JUDGE, PUBLISH = "records and waste", "judge", "publish"
PHASES = (LOAD, COMPARE, ESTIMATE, MODELS, RENDER, DIGESTS, WRITE, FILES, RECORDS, JUDGE, PUBLISH)


class Times(Struct):
    """Seconds of all processes together: by phase; by kind of page, with how many pages those were."""

    phases: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    kinds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    pages: Counter[str] = field(default_factory=Counter)

    def add(self, values: dict[str, dict[str, Any]]) -> None:
        """Take in another process's."""
        for phase, seconds in values["phases"].items():
            self.phases[phase] += seconds
        for kind, seconds in values["kinds"].items():
            self.kinds[kind] += seconds
        self.pages.update(values["pages"])

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """For scripts."""
        return {
            "phases": {name: round(self.phases[name], 6) for name in PHASES},
            "kinds": {name: round(seconds, 6) for name, seconds in sorted(self.kinds.items())},
            "pages": dict(sorted(self.pages.items())),
        }
