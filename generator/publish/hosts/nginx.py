"""nginx: maps for the ``http`` block, and lines for a ``server`` block that has a ``root``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

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

SEPARATOR = "(?:[-_:/@+]|%20|%2f|%3a|%40)"
"""One sign between the words of a name, as browsers send it."""


def nginx_maps(facts: HostFacts) -> str:
    """Tables: which model a name means, where old addresses lead, how long a file may be kept."""
    moves = facts.moves
    top = {old: new for old, new in moves.folders.items() if old.count("/") == 2}
    deeper = {old: new for old, new in moves.folders.items() if old not in top}
    lines = ["map_hash_max_size 65536;", "map_hash_bucket_size 512;"]
    lines += ["map $arg_model $atlas_what {", "    default $arg_model;"]
    lines += [f'    "~*{before_on(SEPARATOR)}" $1;', "}", "map $arg_model $atlas_where {", "    default $arg_model;"]
    lines += [f'    "~*{after_on(SEPARATOR)}" $1;', "}", "map $atlas_what $atlas_model {", '    default "";']
    lines += _names(facts.names)
    lines += ["}", "map $atlas_where $atlas_place {", '    default "";', *_names(facts.places, MAKERS)]
    if facts.sizes_gb:
        lines += [f'    "~*{any_size(facts.sizes_gb, SEPARATOR)}" {urls.memory_path("$1")};']
    lines += ["}", "map $atlas_first $atlas_folder {", '    default "";']
    lines += [f"    {old} {new};" for old, new in top.items()]
    lines += ["}", "map $uri $atlas_page {", '    default "";']
    lines += [f"    {old} {new};" for old, new in moves.pages.items()]
    lines += [f'    "~^{escaped(old)}" {new};' for old, new in moves.branches.items()]
    lines += [f'    "~^{escaped(old)}({REST})$" {new}$1;' for old, new in deeper.items()]
    lines += [
        "}",
        "map $uri $atlas_cache {",
        f'    default "{PAGE_CACHE}";',
        f'    "~/{HASHED}" "{HASHED_CACHE}";',
        "}",
    ]
    return "\n".join(lines) + "\n"


def nginx(facts: HostFacts) -> str:
    """The rest, which asks the tables."""
    lines = ["index index.html;", "error_page 404 /404.html;", "add_header Cache-Control $atlas_cache always;"]
    lines += [f'add_header {name} "{value}" always;' for name, value in SECURITY.items()]
    if facts.twins:
        lines += ["gzip_static on;", "gzip_vary on;", "# brotli_static on; # where nginx has that module"]
    lines += ["location ^~ /.build/ { return 404; }", "location = /go/ {", '    set $choice "";']
    lines += ['    if ($atlas_model) { set $choice "m"; }']
    lines += [f'    if ($arg_{field} ~ "^{SLUG}$") {{ set $choice "${{choice}}{field[0]}"; }}' for field in FIELDS[1:]]
    lines += [
        '    if ($choice = "mqc") { return 302 /$atlas_model/$arg_quant/$arg_context/; }',
        '    if ($choice ~ "^mq") { return 302 /$atlas_model/$arg_quant/; }',
        '    if ($choice ~ "^m") { return 302 /$atlas_model/; }',
        "    if ($atlas_place) { return 302 $atlas_place; }",
        "}",
        'set $atlas_first ""; set $atlas_rest "";',
        f'if ($uri ~ "^(/[^/]+/)({REST})$") {{ set $atlas_first $1; set $atlas_rest $2; }}',
        "if ($atlas_page) { return 301 $atlas_page; }",
        "if ($atlas_folder) { return 301 $atlas_folder$atlas_rest; }",
    ]
    return "\n".join(lines) + "\n"


def _names(names: Mapping[str, str], before: Iterable[str] = ()) -> list[str]:
    """Lines for all names of everything. before : words that may stand before them."""
    return [f'    "~*{spellings(of, SEPARATOR, _sent, before)}" {target};' for target, of in by_target(names)]


def _sent(letter: str) -> str:
    """The expression of a letter as browsers send it."""
    return re.escape(quote(letter, safe="").lower())
