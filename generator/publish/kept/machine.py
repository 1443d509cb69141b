"""Where this machine keeps what it needs again of sites that lie elsewhere."""

from __future__ import annotations

import os
from pathlib import Path


def kept_folder() -> Path:
    """The folder of this machine in which is kept what makes the next build of a site elsewhere faster."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "vram-atlas"
