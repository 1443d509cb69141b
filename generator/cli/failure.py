"""How a command fails."""

from __future__ import annotations

import click


class Failure(click.ClickException):
    """A run that failed: its message, exit status 1."""
