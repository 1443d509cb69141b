"""Where a site is, as commands are told."""

from __future__ import annotations

from pathlib import Path

import click


def folder_or_url(context: click.Context, parameter: click.Parameter, value: str) -> str | Path:
    """The URL of a place in an object store as it is, or a folder."""
    if "://" in value:
        return value
    folder: Path = click.Path(file_okay=False, path_type=Path).convert(value, parameter, context)
    return folder
