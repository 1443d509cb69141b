"""Caddy: directives for a site block that has a ``root``."""

from __future__ import annotations

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
    escaped,
)

SEPARATOR = "[ :_/@-]"


def caddy(facts: HostFacts) -> str:
    """Redirects before files are looked for."""
    moves = facts.moves
    lines = ["header {", *(f'\t{name} "{value}"' for name, value in SECURITY.items()), "}"]
    lines += [f"@hashed path_regexp `/{HASHED}`", f'header @hashed Cache-Control "{HASHED_CACHE}"']
    lines += [f"@changing not path_regexp `/{HASHED}`", f'header @changing Cache-Control "{PAGE_CACHE}"']
    lines += ["map {query.model} {atlas_model} {"]
    lines += [f"\t`~(?i){spellings(name, SEPARATOR)}` {slug}" for name, slug in facts.names.items()]
    lines += ['\tdefault ""', "}"]
    for count in range(len(FIELDS), 0, -1):
        matcher, others = f"@go{count}", FIELDS[1:count]
        asked = "".join(f" && string({{query.{field}}}).matches('^{SLUG}$')" for field in others)
        lines += [f"{matcher} expression `{{path}} == '/go/' && {{atlas_model}} != ''{asked}`"]
        lines += [f"redir {matcher} /{{atlas_model}}/{''.join(f'{{query.{field}}}/' for field in others)} 302"]
    lines += ["map {path} {atlas_page} {", *(f"\t{old} {new}" for old, new in moves.pages.items())]
    lines += [f"\t`~^{escaped(old)}.*$` {new}" for old, new in moves.branches.items()]
    lines += ['\tdefault ""', "}", "@page expression `{atlas_page} != ''`", "redir @page {atlas_page} 301"]
    lines += ["map {path} {atlas_folder} {"]
    lines += [f"\t`~^{escaped(old)}({REST})$` {new}$1" for old, new in moves.folders.items()]
    lines += ['\tdefault ""', "}", "@folder expression `{atlas_folder} != ''`", "redir @folder {atlas_folder} 301"]
    served = "file_server {\n\tprecompressed br gzip\n}" if facts.twins else "file_server"
    lines += ["@own path /.build/*", "error @own 404", served, "handle_errors {", "\trewrite * /404.html"]
    return "\n".join([*lines, "\tfile_server", "}"]) + "\n"
