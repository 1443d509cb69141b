"""A built site as its host would serve it: files, the form's choice, typed names, old addresses.

``hosts/`` writes the same for web servers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from generator import urls
from generator.catalog.hardware_names import without_maker
from generator.catalog.names import normalized
from generator.publish.hosts.facts import FIELDS, REST, SECURITY, SLUG, HostFacts, after_on, any_size, before_on
from generator.publish.output.removed import WORK

Facts = Callable[[], HostFacts]
"""Asked with every request, as they may change."""

SEPARATOR = "[ :_/@-]"
"""One sign between the words of a name."""

NOWHERE = "404"
"""A path that no page can have."""

LOCAL_HEADERS = {**SECURITY, "Cache-Control": "no-cache"}
"""As on a host, but that nothing is kept: the next build may change it."""


class SiteFiles(StaticFiles):
    """The files of a site, each folder by its page; old addresses lead to new ones."""

    def __init__(self, folder: Path, facts: Facts) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self._facts = facts

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, a redirect, or the page for what isn't there."""
        target = moved(self._facts(), scope["path"])
        if target:
            return RedirectResponse(target, 301)
        own = path.split(os.sep)[0] == WORK
        return await super().get_response(NOWHERE if own else path, scope)

    async def check_config(self) -> None:
        """Nothing: the folder may come with the first build."""


def moved(facts: HostFacts, path: str) -> str | None:
    """Where an old address leads, None for any other."""
    moves = facts.moves
    if path in moves.pages:
        return moves.pages[path]
    for end in (match.end() for match in re.finditer("/", path)):
        folder, rest = path[:end], path[end:]
        if folder in moves.branches:
            return moves.branches[folder]
        if folder in moves.folders and re.fullmatch(REST, rest):
            return f"{moves.folders[folder]}{rest}"
    return None


def chosen(facts: HostFacts, request: Request) -> str | None:
    """The page that the form's choice leads to, as far as it goes; None where nothing has the name."""
    asked = request.query_params.get(FIELDS[0], "").strip(" ").lower()
    what, where = (re.sub(part(SEPARATOR), r"\1", asked) for part in (before_on, after_on))
    model = facts.names.get(normalized(what))
    if model is None:
        size = re.match(any_size(facts.sizes_gb, SEPARATOR), where) if facts.sizes_gb else None
        return facts.places.get(without_maker(normalized(where)), urls.memory_path(size[1]) if size else None)
    path = [model]
    for field in FIELDS[1:]:
        value = request.query_params.get(field, "")
        if not re.fullmatch(SLUG, value):
            break
        path.append(value)
    return f"/{'/'.join(path)}/"


class SiteHeaders:
    """Gives every answer the headers of a page, but for those that it has."""

    def __init__(self, app: ASGIApp, values: dict[str, str]) -> None:
        self._app = app
        self._values = [(name.lower().encode(), value.encode()) for name, value in values.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add to the answer."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] += [pair for pair in self._values if pair[0] not in given]
            await send(message)

        await self._app(scope, receive, sending)


def site_app(
    files: SiteFiles, facts: Facts, headers: dict[str, str] = LOCAL_HEADERS, more: tuple[BaseRoute, ...] = ()
) -> Starlette:
    """The site as an application. more : routes beside the site's own."""

    async def go(request: Request) -> Response:
        path = chosen(facts(), request)
        return RedirectResponse(path, 302) if path else await files.get_response(urls.GO_PATH.strip("/"), request.scope)

    routes = [*more, Route(urls.GO_PATH, go), Mount("/", files)]
    return Starlette(routes=routes, middleware=[Middleware(SiteHeaders, values=headers)])
