"""`build`: the site."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import click

from generator.cli.failure import Failure
from generator.cli.place import folder_or_url
from generator.publish.due.digests import hashed
from generator.publish.due.standing import Look
from generator.publish.kept.machine import kept_folder
from generator.publish.options import Options, default_jobs, unchanged
from generator.publish.output.folder import FolderBusy
from generator.publish.output.stage import OutputError
from generator.publish.processes.peak import peaks
from generator.publish.report import build_summary, check_report, peaks_text


def _part(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """``3/16`` as two numbers."""
    if value is None:
        return None
    first, _, last = value.partition("/")
    if not (first.isdigit() and last.isdigit() and 1 <= int(first) <= int(last)):
        raise click.BadParameter(f"{value!r} is not K/N with 1 <= K <= N, as in 3/16")
    return int(first), int(last)


def twin_all(options: Options) -> int:
    """Make the twins that a site lacks; of how many files. Raises Failure."""
    try:
        from generator.publish.output.precompress import precompress

        return precompress(options.folder(), options.jobs)
    except ModuleNotFoundError as error:
        raise Failure(f"--precompress needs {error.name}: pip install 'vram-atlas[precompress]'") from error
    except (OutputError, FolderBusy) as error:
        raise Failure(str(error)) from error


def watch_build(data: Path, options: Options, port: int) -> None:
    """Build whatever changes until stopped. Raises Failure where the port is taken or a library is missing."""
    import asyncio  # no other build needs it

    try:
        from generator.web.server import PortTaken
        from generator.web.watch import Watch
    except ModuleNotFoundError as error:
        raise Failure(f"--watch needs {error.name}: pip install 'vram-atlas[watch]'") from error
    try:
        asyncio.run(Watch(options, data, click.echo).run("127.0.0.1", port))
    except PortTaken as error:
        raise Failure(str(error)) from error
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo("stopped")


@click.command()
@click.option(
    "--out",
    callback=folder_or_url,
    default="site",
    metavar="FOLDER|URL",
    show_default=True,
    help="Output folder, or a place in an object store, as s3://bucket/folder.",
)
@click.option(
    "--templates",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("templates"),
    show_default=True,
    help="Folder of the templates.",
)
@click.option(
    "--only", default="*", metavar="GLOB", help="Only models whose slug matches; others' pages stay as they are."
)
@click.option("--jobs", type=click.IntRange(1), default=default_jobs, show_default="one a core", help="Processes.")
@click.option("--base-url", help="Where the site will be, for canonical links; data/site.yaml's by default.")
@click.option("--force", is_flag=True, help="Render everything, and write unchanged files too.")
@click.option("--check", is_flag=True, help="Write nothing; fail if the site isn't what would be built.")
@click.option("--shard", metavar="K/N", callback=_part, help="Only the K-th of N parts, to be joined by --merge.")
@click.option(
    "--merge",
    "parts",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Join a part that --shard built in this folder; once for each part.",
)
@click.option("--dask", default="", metavar="ADDRESS", help="Run the jobs on the workers of this Dask scheduler.")
@click.option("--precompress", is_flag=True, help="Put brotli and gzip twins beside the text files that lack them.")
@click.option(
    "--profile", is_flag=True, help="Tell where the time went, by phase and kind of page, and the peak memory."
)
@click.option("--watch", is_flag=True, help="Serve the site on this machine, and build again what changes.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Of --watch; 0 for any.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON object.")
@click.pass_obj
def build(
    data: Path,
    out: str | Path,
    templates: Path,
    only: str,
    jobs: int,
    base_url: str | None,
    force: bool,
    check: bool,
    shard: tuple[int, int] | None,
    parts: tuple[Path, ...],
    dask: str,
    precompress: bool,
    profile: bool,
    watch: bool,
    port: int,
    as_json: bool,
) -> None:
    """Build the site: every model, quantization and context, with all indexes."""
    asked = (base_url or "").rstrip("/")
    if dask and (shard or parts):
        raise click.UsageError("--dask doesn't go with --shard and --merge: a cluster builds the whole")
    store = out if isinstance(out, str) else ""
    work = kept_folder() / "sites" / hashed([store.encode()]) if isinstance(out, str) else out
    options = Options(work, templates, asked, only, jobs, force, check, data, asked, shard, store, dask)
    if profile and (parts or store or dask):
        raise click.UsageError("--profile goes with a folder as --out and processes of this machine")
    if watch:
        if force or check or shard or parts or store or dask or precompress or profile or as_json:
            raise click.UsageError(
                "--watch goes with a folder as --out, --templates, --only, --jobs, --base-url and --port alone"
            )
        watch_build(data, options, port)
        return
    options = options.with_header()
    try:
        result = None if parts else unchanged(options)
    except (OutputError, FolderBusy) as error:
        raise Failure(str(error)) from error
    if result is None:
        # Loaded only here: a build without news ends before pages, templates and the core are needed.
        gc.disable()  # until the data is loaded too: all of it stays, and looking through it for waste takes long
        folder = options.folder()
        beside = jobs > 1 and not (store or force or check or parts)
        look = Look.begin(folder, folder.manifest_file, waste=folder.replaced) if beside else None
        from generator.cli.whole_build import whole_build

        result = whole_build(data, options, parts, profile, look)
    if check and result.differing:
        raise Failure(check_report(result, options.place))
    if precompress and not check:
        result.twins = twin_all(options)
    if as_json:
        click.echo(json.dumps(result.as_dict() | {"peak_bytes": peaks()}))
        return
    click.echo(build_summary(result, options.place))
    if result.times:
        from generator.cli.common import print_table
        from generator.tables import kind_times_table, phase_times_table

        print_table(phase_times_table(result.times))
        print_table(kind_times_table(result.times))
        click.echo(peaks_text(peaks()))
