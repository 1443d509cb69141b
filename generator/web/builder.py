"""Starts the process that builds while one writes; tells what is wrong where the program can't even be loaded."""

from __future__ import annotations

import json
import sys
import traceback
from contextlib import suppress


def main() -> None:
    """Run with the options that ``worker.run`` takes, on the first line that comes in."""
    try:
        from generator.web.worker import run
    except Exception:
        print(json.dumps({"problem": traceback.format_exc()}))
        print(json.dumps({"idle": True}))
        return
    with suppress(BrokenPipeError):
        run(sys.stdin.readline())


if __name__ == "__main__":
    main()
