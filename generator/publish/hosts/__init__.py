"""Rules for web hosts, one module a kind of host.

A rule never leads off the site: what a visitor sends becomes part of a path only if it is made of a path's letters.
"""

from __future__ import annotations

from collections.abc import Callable

from generator.publish.hosts.apache import apache
from generator.publish.hosts.caddy import caddy
from generator.publish.hosts.facts import HostFacts
from generator.publish.hosts.nginx import nginx, nginx_maps
from generator.publish.hosts.platforms import headers, plain_redirects, redirects

RULES: dict[str, Callable[[HostFacts], str]] = {
    "nginx": nginx,
    "nginx-maps": nginx_maps,
    "caddy": caddy,
    "apache": apache,
    "netlify-redirects": redirects,
    "cloudflare-redirects": plain_redirects,
    "headers": headers,
}
"""What writes the rules of each host."""
