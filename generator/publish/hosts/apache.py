"""Apache: an ``.htaccess``; needs mod_rewrite and mod_headers."""

from __future__ import annotations

from generator import urls
from generator.catalog.hardware_names import MAKERS
from generator.catalog.names import spellings
from generator.publish.hosts.facts import (
    FIELDS,
    HASHED,
    HASHED_CACHE,
    HEADERS,
    REST,
    SLUG,
    HostFacts,
    after_on,
    any_size,
    before_on,
    by_target,
    escaped,
)

SPACE = r"[\x20+]"
SEPARATOR = r"(?:[\x20+:_@/]|%2f)"
"""One sign between the words of a name once it is unescaped, which leaves a slash as it was sent."""

TYPES = {
    "html": "text/html",
    "json": "application/json",
    "txt": "text/plain",
    "xml": "application/xml",
}
TEXTS = "|".join(TYPES)
"""Ends of files that have precompressed twins, with their type."""


def apache(facts: HostFacts) -> str:
    """What people type becomes a slug by rules: no table, which Apache would read anew with every request."""
    moves = facts.moves
    lines = ["ErrorDocument 404 /404.html", "RewriteEngine On", "RewriteRule ^\\.build/ - [R=404,L]"]
    lines += [
        "RewriteCond %{ENV:GO_MODEL} ^$",
        f'RewriteCond expr "tolower(unescape(%{{QUERY_STRING}})) =~ m#(?:^|&)model={SPACE}*([^&]+?){SPACE}*(?:&|$)#"',
        "RewriteRule ^go/$ - [E=GO_MODEL:%1]",
        "RewriteCond %{ENV:GO_MODEL} ^[^/]+(?:/|%2f)(.+)$",
        "RewriteRule ^go/$ - [E=GO_MODEL:%1]",
        f"RewriteCond %{{ENV:GO_MODEL}} ^(.+?){SEPARATOR}+(.+)$",
        "RewriteRule ^go/$ - [E=GO_MODEL:%1-%2,N=20]",
        f"RewriteCond %{{ENV:GO_MODEL}} !^{SLUG}\\z",
        "RewriteRule ^go/$ - [E=!GO_MODEL]",
    ]
    for field in FIELDS[1:]:
        lines += [
            f"RewriteCond %{{QUERY_STRING}} (?:^|&){field}=({SLUG})(?:&|$)",
            f"RewriteRule ^go/$ - [E=GO_{field.upper()}:%1]",
        ]
    for count in range(len(FIELDS), 0, -1):
        names = [f"%{{ENV:GO_{field.upper()}}}" for field in FIELDS[:count]]
        lines += [f"RewriteCond {name} ." for name in names]
        lines += [f"RewriteRule ^go/$ /{'/'.join(names)}/ [R=302,L,QSD]"]
    lines += _twins() if facts.twins else []
    lines += ["RewriteCond %{REQUEST_FILENAME} -f", "RewriteRule ^ - [L]"]
    lines += [f"RewriteRule ^{escaped(old[1:])}$ {new} [R=301,L]" for old, new in moves.pages.items()]
    lines += [f"RewriteRule ^{escaped(old[1:])} {new} [R=301,L]" for old, new in moves.branches.items()]
    lines += [f"RewriteRule ^{escaped(old[1:])}({REST})$ {new}$1 [R=301,L]" for old, new in moves.folders.items()]
    lines += _other_names(facts)
    lines += [f'Header always set {name} "{value}"' for name, value in HEADERS.items()]
    lines += [f'<FilesMatch "^{HASHED}">', f'Header always set Cache-Control "{HASHED_CACHE}"', "</FilesMatch>"]
    return "\n".join(lines) + "\n"


def _other_names(facts: HostFacts) -> list[str]:
    """What was typed and is no model's slug: hardware, a memory size, a model on some hardware."""
    lines = ["RewriteCond %{REQUEST_FILENAME} -d", "RewriteRule ^ - [L]"]
    lines += ["RewriteCond %{DOCUMENT_ROOT}/$1/index.html -f"]
    lines += [f"RewriteRule {_folder(before_on('-'))} /$1/ [R=302,L]"]
    lines += [f"RewriteRule {_folder(after_on('-'))} /$1/ [R=302,L]"]
    for path, names in by_target(facts.places):
        lines += [f"RewriteRule {_folder(spellings(names, '-', before=MAKERS))} {path} [R=302,L,NE]"]
    if facts.sizes_gb:
        lines += [f"RewriteRule {_folder(any_size(facts.sizes_gb, '-'))} {urls.memory_path('$1')} [R=302,L]"]
    return lines


def _folder(expression: str) -> str:
    """The expression of what was typed as that of a folder at the top."""
    return f"{expression.removesuffix('$').replace('.*', '[^/]*').replace('.+', '[^/]+')}/$"


def _twins() -> list[str]:
    """The twin of the best coding that the visitor takes, with the type of its file."""
    lines = []
    for suffix, coding in ((".br", "br"), (".gz", "gzip")):
        for place, rule in (("", f"\\.(?:{TEXTS})$"), ("index.html", "^(?:.*/)?$")):
            lines += [
                f"RewriteCond %{{HTTP:Accept-Encoding}} \\b{coding}\\b",
                f"RewriteCond %{{REQUEST_FILENAME}}{place}{suffix} -f",
                f"RewriteRule {rule} %{{REQUEST_URI}}{place}{suffix} [L]",
            ]
        lines += [
            f'<FilesMatch "\\.(?:{TEXTS})\\{suffix}$">',
            f"Header always set Content-Encoding {coding}",
            "Header always append Vary Accept-Encoding",
            "<IfModule mod_mime.c>",
            f"RemoveEncoding {suffix}",
            f"RemoveType {suffix}",
            "</IfModule>",
            "<IfModule mod_env.c>",
            "SetEnv no-gzip 1",
            "SetEnv no-brotli 1",
            "</IfModule>",
            "</FilesMatch>",
        ]
    for ending, kind in TYPES.items():
        lines += [f'<FilesMatch "\\.{ending}\\.(?:br|gz)$">', f"ForceType {kind}", "</FilesMatch>"]
    return lines
