"""The commands, one module each; what they do lives in the layers below."""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli import accuracy, add_model, build, check, diff, estimate, report, speed, verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder of the data files.",
)
@click.pass_context
def main(context: click.Context, data: Path) -> None:
    """How much memory a language model needs, and the site that says so."""
    context.obj = data


COMMANDS = (
    estimate.estimate,
    build.build,
    add_model.add_model,
    check.check,
    check.schemas,
    verify.verify,
    diff.diff,
    report.report,
    accuracy.accuracy,
    speed.speed,
)

for command in COMMANDS:
    main.add_command(command)
