"""Rules for web hosts: where the form leads, old names, what is there no more, caching, security.

A rule never leads off the site: what a visitor sends becomes part of a path only if it is a slug.
"""

from __future__ import annotations

from collections.abc import Mapping

SLUG = "[a-z0-9._-]+"
FIELDS = ("model", "quant", "context")
"""The form's fields that make up a scenario's path, in its order."""

PAGE_CACHE = "public, max-age=300, stale-while-revalidate=86400"
"""Pages change with a build: five minutes old at most, and shown while a newer one is fetched."""

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Pages load nothing and run nothing, so that everything but their own styles can be forbidden."""

HEADERS = {"Cache-Control": PAGE_CACHE, **SECURITY}


def nginx(aliases: Mapping[str, str]) -> str:
    """Lines for a ``server`` block that has a ``root``."""
    lines = ["index index.html;", "error_page 404 /404.html;"]
    lines += [f'add_header {name} "{value}" always;' for name, value in HEADERS.items()]
    lines += ["location ^~ /.build/ { return 404; }", "location = /go/ {", '    set $choice "";']
    lines += [f'    if ($arg_{field} ~ "^{SLUG}$") {{ set $choice "${{choice}}{field[0]}"; }}' for field in FIELDS]
    lines += [
        '    if ($choice = "mqc") { return 302 /$arg_model/$arg_quant/$arg_context/; }',
        '    if ($choice ~ "^mq") { return 302 /$arg_model/$arg_quant/; }',
        '    if ($choice ~ "^m") { return 302 /$arg_model/; }',
        "}",
    ]
    lines += [f"rewrite ^{_escaped(old)}(.*)$ {new}$1 permanent;" for old, new in aliases.items()]
    return "\n".join(lines) + "\n"


def caddy(aliases: Mapping[str, str]) -> str:
    """Directives for a site block that has a ``root``; the form's redirects before files are looked for."""
    lines = ["header {", *(f'\t{name} "{value}"' for name, value in HEADERS.items()), "}"]
    for count in range(len(FIELDS), 0, -1):
        matcher, fields = f"@go{count}", FIELDS[:count]
        asked = " && ".join(f"string({{query.{field}}}).matches('^{SLUG}$')" for field in fields)
        lines += [f"{matcher} expression `{{path}} == '/go/' && {asked}`"]
        lines += [f"redir {matcher} /{'/'.join(f'{{query.{field}}}' for field in fields)}/ 302"]
    for number, (old, new) in enumerate(aliases.items()):
        lines += [f"@old{number} path_regexp old{number} ^{_escaped(old)}(.*)$"]
        lines += [f"redir @old{number} {new}{{re.old{number}.1}} permanent"]
    lines += ["@own path /.build/*", "error @own 404", "file_server", "handle_errors {", "\trewrite * /404.html"]
    return "\n".join([*lines, "\tfile_server", "}"]) + "\n"


def apache(aliases: Mapping[str, str]) -> str:
    """An ``.htaccess``; needs mod_rewrite and mod_headers."""
    lines = ["ErrorDocument 404 /404.html", "RewriteEngine On", "RewriteRule ^\\.build/ - [R=404,L]"]
    for field in FIELDS:
        lines += [
            f"RewriteCond %{{QUERY_STRING}} (?:^|&){field}=({SLUG})(?:&|$)",
            f"RewriteRule ^go/$ - [E=GO_{field.upper()}:%1]",
        ]
    for count in range(len(FIELDS), 0, -1):
        names = [f"%{{ENV:GO_{field.upper()}}}" for field in FIELDS[:count]]
        lines += [f"RewriteCond {name} ." for name in names]
        lines += [f"RewriteRule ^go/$ /{'/'.join(names)}/ [R=302,L,QSD]"]
    lines += [f"RewriteRule ^{_escaped(old[1:])}(.*)$ {new}$1 [R=301,L]" for old, new in aliases.items()]
    lines += [f'Header always set {name} "{value}"' for name, value in HEADERS.items()]
    return "\n".join(lines) + "\n"


def redirects(aliases: Mapping[str, str]) -> str:
    """A ``_redirects`` file of Netlify; hosts that can't look at a query leave out the first lines' conditions."""
    lines = []
    for count in range(len(FIELDS), 0, -1):
        asked = " ".join(f"{field}=:{field}" for field in FIELDS[:count])
        lines.append(f"/go/ {asked} /{'/'.join(f':{field}' for field in FIELDS[:count])}/ 302!")
    lines += [f"{old}* {new}:splat 301" for old, new in aliases.items()]
    return "\n".join(lines) + "\n"


def plain_redirects(aliases: Mapping[str, str]) -> str:
    """A ``_redirects`` file of Cloudflare Pages, which can't look at a query: the form's page of links stays."""
    return "".join(f"{old}* {new}:splat 301\n" for old, new in aliases.items())


def headers(aliases: Mapping[str, str]) -> str:
    """A ``_headers`` file of Netlify and Cloudflare Pages."""
    return "/*\n" + "".join(f"  {name}: {value}\n" for name, value in HEADERS.items())


RULES = {
    "nginx": nginx,
    "caddy": caddy,
    "apache": apache,
    "netlify-redirects": redirects,
    "cloudflare-redirects": plain_redirects,
    "headers": headers,
}
"""What writes the rules of each host, given old paths and where they lead."""


def _escaped(path: str) -> str:
    """A path as a regular expression."""
    return path.replace(".", r"\.")
