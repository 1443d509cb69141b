"""`deploy-plan`: what a host lacks."""

from __future__ import annotations

import json
from pathlib import Path

import click

from generator.publish.output.deploy import deploy_plan as plan_of
from generator.publish.output.deploy import with_twins

MANIFEST = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("deploy-plan")
@click.argument("old", type=MANIFEST)
@click.argument("new", type=MANIFEST)
def deploy_plan(old: Path, new: Path) -> None:
    """Print as JSON what brings a host from the site of manifest OLD to that of NEW: uploads, deletes, purges.

    Where a list of precompressed twins lies beside a manifest, as builds leave it, they are among the files.
    """
    click.echo(json.dumps(with_twins(plan_of(old, new), old, new), indent=1))
