"""The commands, one module each; what they do lives in the layers below."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

COMMANDS = {
    "estimate": "estimate",
    "build": "build",
    "serve": "serve",
    "add-model": "add_model",
    "check": "check",
    "schemas": "check",
    "verify": "verify",
    "diff": "diff",
    "report": "report",
    "rules": "rules",
    "deploy-plan": "deploy_plan",
    "accuracy": "accuracy",
    "speed": "speed",
    "similar": "similar",
}
"""Every command with its module in this package."""


class Commands(click.Group):
    """A group that loads a command's module when it is asked for, so that none pays for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"generator.cli.{COMMANDS[cmd_name]}")
        found: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
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
