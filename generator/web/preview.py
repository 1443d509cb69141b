"""A site while one writes it: pages reload by themselves after a build, and say what keeps one from being built.

The script that does so is put into what is served, never into what is built.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Scope

from generator.publish.hosts.facts import SECURITY, HostFacts, Moves
from generator.web.site import LOCAL_HEADERS, SiteFiles, site_app

EVENTS, SCRIPT = "/-/events", "/-/reload.js"
TAG = f'<script src="{SCRIPT}"></script>'.encode()
END = b"</body>"

HEADERS = {
    **LOCAL_HEADERS,
    "Content-Security-Policy": f"{SECURITY['Content-Security-Policy']}; script-src 'self'; connect-src 'self'",
    "Cache-Control": "no-store",
}

RELOAD = f"""
let seen, box;
new EventSource({json.dumps(EVENTS)}).onmessage = event => {{
  const state = JSON.parse(event.data);
  if (seen !== undefined && seen !== state.build) location.reload();
  seen = state.build;
  box?.remove();
  if (!state.problem) return;
  box = document.createElement("pre");
  box.id = "build-problem";
  box.setAttribute("role", "alert");
  box.textContent = state.problem;
  box.style = "position:fixed;inset:auto 0 0 0;max-height:60vh;overflow:auto;margin:0;padding:1rem;z-index:9;"
    + "background:#7a1010;color:#fff;font:14px/1.4 ui-monospace,monospace;white-space:pre-wrap";
  document.body.append(box);
}};
"""
"""A page is loaded again when another build than the one that it came with has been published."""

WAITING = (
    "<!doctype html><html lang='en'><title>No page yet</title><body><p>No page has been built here.</p></body></html>"
)


@dataclass(slots=True)
class State:
    """What the browser is told.

    build : rises with every published build, and from one preview to the next.
    problem : what keeps the newest change from being built, or empty.
    """

    build: int = field(default_factory=lambda: round(time.time()))
    problem: str = ""
    facts: HostFacts = field(default_factory=lambda: HostFacts({}, Moves()))
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def tell(self, problem: str, *, built: bool) -> None:
        """Take in the end of a build and wake whoever listens."""
        async with self._changed:
            self.problem = problem
            self.build += built
            self._changed.notify_all()

    async def events(self) -> AsyncIterator[str]:
        """The state as it is, then at every change, as server-sent events."""
        told: tuple[int, str] | None = None
        while True:
            async with self._changed:
                while told == (self.build, self.problem):
                    await self._changed.wait()
            told = (self.build, self.problem)
            yield f"data: {json.dumps({'build': self.build, 'problem': self.problem})}\n\n"


class PreviewFiles(SiteFiles):
    """The files of a site, its pages with the script that reloads them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As the site's, a page with the script."""
        try:
            found = await super().get_response(path, scope)
        except HTTPException as error:
            return HTMLResponse(_with_script(WAITING.encode()), error.status_code)
        if isinstance(found, FileResponse) and str(found.path).endswith(".html"):
            body = await asyncio.to_thread(Path(found.path).read_bytes)
            return HTMLResponse(_with_script(body), found.status_code)
        return found


def preview_app(site: Path, state: State) -> Starlette:
    """The site with its events."""

    async def events(request: Request) -> Response:
        return StreamingResponse(state.events(), media_type="text/event-stream")

    async def script(request: Request) -> Response:
        return Response(RELOAD, media_type="text/javascript")

    files = PreviewFiles(site, lambda: state.facts)
    return site_app(files, lambda: state.facts, HEADERS, (Route(EVENTS, events), Route(SCRIPT, script)))


def _with_script(body: bytes) -> bytes:
    head, end, rest = body.rpartition(END)
    return head + TAG + end + rest if end else body + TAG
