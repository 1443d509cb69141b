"""Netlify and Cloudflare Pages: a ``_redirects`` and a ``_headers`` file."""

from __future__ import annotations

from generator import urls
from generator.publish.hosts.facts import FIELDS, HEADERS, HostFacts

STATIC_LIMIT, DYNAMIC_LIMIT = 2000, 100
"""Lines without and with a wildcard that Cloudflare Pages follows; it ignores what comes after them."""


def redirects(facts: HostFacts) -> str:
    """Netlify's, which looks at a query; the first line that matches counts."""
    lines = []
    for count in range(len(FIELDS), 0, -1):
        asked = " ".join(f"{field}=:{field}" for field in FIELDS[:count])
        lines.append(f"/go/ {asked} /{'/'.join(f':{field}' for field in FIELDS[:count])}/ 302!")
    moves = facts.moves
    lines += [f"{old} {new} 301" for old, new in moves.pages.items()]
    lines += [f"{old}* {new} 301" for old, new in moves.branches.items()]
    lines += [f"{old}* {new}:splat 301" for old, new in moves.folders.items()]
    lines += [f"/{path.split('/')[2]}/ {path} 302" for path in dict.fromkeys(facts.places.values()) if "#" not in path]
    lines += [f"/{size}gb/ {urls.memory_path(size)} 302" for size in facts.sizes_gb]
    return "\n".join(lines) + "\n"


def plain_redirects(facts: HostFacts) -> str:
    """Cloudflare's, which can't look at a query: the form's page of links stays.

    Every old folder leads to the page of the new one; what lies below follows as far as the host's limits go.
    """
    moves = facts.moves
    static = [f"{old} {new} 301" for old, new in {**moves.branches, **moves.folders, **moves.pages}.items()]
    dynamic = [f"{old}* {new} 301" for old, new in moves.branches.items()]
    dynamic += [f"{old}* {new}:splat 301" for old, new in moves.folders.items()]
    lines = [*static[:STATIC_LIMIT], *dynamic[:DYNAMIC_LIMIT]]
    return "".join(f"{line}\n" for line in lines)


def headers(facts: HostFacts) -> str:
    """The same for both, for every page; both would join a second rule's value to the first's."""
    return "/*\n" + "".join(f"  {name}: {value}\n" for name, value in HEADERS.items())
