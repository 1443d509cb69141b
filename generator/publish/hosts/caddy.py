"""Caddy: directives for a site block that has a ``root``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator import urls
from generator.catalog.hardware_names import MAKERS
from generator.catalog.names import spellings
from generator.publish.hosts.facts import (
    FIELDS,
    HASHED,
    HASHED_CACHE,
    PAGE_CACHE,
    REST,
    SECURITY,
    SLUG,
    HostFacts,
    after_on,
    any_size,
    before_on,
    by_target,
    escaped,
)

SEPARATOR = "[ :_/@-]"


def caddy(facts: HostFacts) -> str:
    """Redirects before files are looked for."""
    moves = facts.moves
    lines = ["header {", *(f'\t{name} "{value}"' for name, value in SECURITY.items()), "}"]
    lines += [f"@hashed path_regexp `/{HASHED}`", f'header @hashed Cache-Control "{HASHED_CACHE}"']
    lines += [f"@changing not path_regexp `/{HASHED}`", f'header @changing Cache-Control "{PAGE_CACHE}"']
    lines += [
        "map {query.model} {atlas_what} {",
        f"\t`~(?i){before_on(SEPARATOR)}` `${{1}}`",
        "\t`~^(.*)$` `${1}`",
        "}",
    ]
    lines += [
        "map {query.model} {atlas_where} {",
        f"\t`~(?i){after_on(SEPARATOR)}` `${{1}}`",
        "\t`~^(.*)$` `${1}`",
        "}",
    ]
    lines += ["map {atlas_what} {atlas_model} {", *_names(facts.names), '\tdefault ""', "}"]
    lines += ["map {atlas_where} {atlas_place} {", *_names(facts.places, MAKERS)]
    if facts.sizes_gb:
        lines += [f"\t`~(?i){any_size(facts.sizes_gb, SEPARATOR)}` {urls.memory_path('${1}')}"]
    lines += ['\tdefault ""', "}"]
    for count in range(len(FIELDS), 0, -1):
        matcher, others = f"@go{count}", FIELDS[1:count]
        asked = "".join(f" && string({{query.{field}}}).matches('^{SLUG}$')" for field in others)
        lines += [f"{matcher} expression `{{path}} == '/go/' && {{atlas_model}} != ''{asked}`"]
        lines += [f"redir {matcher} /{{atlas_model}}/{''.join(f'{{query.{field}}}/' for field in others)} 302"]
    lines += ["@place expression `{path} == '/go/' && {atlas_model} == '' && {atlas_place} != ''`"]
    lines += ["redir @place {atlas_place} 302"]
    lines += ["map {path} {atlas_page} {", *(f"\t{old} {new}" for old, new in moves.pages.items())]
    lines += [f"\t`~^{escaped(old)}.*$` {new}" for old, new in moves.branches.items()]
    lines += ['\tdefault ""', "}", "@page expression `{atlas_page} != ''`", "redir @page {atlas_page} 301"]
    lines += ["map {path} {atlas_folder} {"]
    lines += [f"\t`~^{escaped(old)}({REST})$` {new}$1" for old, new in moves.folders.items()]
    lines += ['\tdefault ""', "}", "@folder expression `{atlas_folder} != ''`", "redir @folder {atlas_folder} 301"]
    served = "file_server {\n\tprecompressed br gzip\n}" if facts.twins else "file_server"
    lines += ["@own path /.build/*", "error @own 404", served, "handle_errors {", "\trewrite * /404.html"]
    return "\n".join([*lines, "\tfile_server", "}"]) + "\n"


def _names(names: Mapping[str, str], before: Iterable[str] = ()) -> list[str]:
    """Lines for all names of everything. before : words that may stand before them."""
    return [f"\t`~(?i){spellings(of, SEPARATOR, before=before)}` {target}" for target, of in by_target(names)]
