"""`deploy-plan`: what a host lacks."""

from __future__ import annotations

import json
from pathlib import Path

import click

from generator.publish.deploy import deploy_plan as plan_of

MANIFEST = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("deploy-plan")
@click.argument("old", type=MANIFEST)
@click.argument("new", type=MANIFEST)
def deploy_plan(old: Path, new: Path) -> None:
    """Print as JSON what brings a host from the site of manifest OLD to that of NEW: uploads, deletes, purges."""
    click.echo(json.dumps(plan_of(old, new), indent=1))
