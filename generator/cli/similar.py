"""`similar`: which listed pages of a built site say nearly the same."""

from __future__ import annotations

from pathlib import Path

import click

from generator import review_tables
from generator.cli.common import Failure, print_table


@click.command()
@click.option(
    "--site", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path("site"), show_default=True,
    help="Folder of the built site.",
)  # fmt: skip
@click.option("--only", default="*", metavar="GLOB", help="Only pages whose address matches: '/qwen3*'.")
@click.option("--above", type=click.FloatRange(0, 1), default=0.8, show_default=True, help="Share of common phrases.")
def similar(site: Path, only: str, above: float) -> None:
    """Tell which pages that search engines may list share too many five-word phrases, figures left out.

    The exit status is 1 where a pair does.
    """
    try:
        from generator.review.similar import similar_pages
    except ImportError as error:
        raise Failure(f"{error}: comparing pages needs more packages: pip install 'vram-atlas[similar]'") from error
    if not (site / "sitemap.xml").exists():
        raise Failure(f"{site} holds no sitemap.xml, so it is no built site")
    found = similar_pages(site, only, above)
    print_table(review_tables.kinds_table(found))
    if found.pairs:
        print_table(review_tables.pairs_table(found))
    click.echo(review_tables.likeness_summary(found, above))
    if found.pairs:
        raise SystemExit(1)
