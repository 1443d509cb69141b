"""What a process that wasn't forked from the build needs to run its jobs, and how it runs them.

Such a process, on this machine or another, makes a workshop of its own from an order, once it has made sure that
it would build the same thing into the same place.
"""

from __future__ import annotations

import os
import platform
import socket
import threading
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from generator.accuracy.bands import Bands
from generator.catalog import load_catalog
from generator.publish.due.digests import LIBRARIES, code_digest, files_digest
from generator.publish.due.digests import NOT_READ as NOT_READ_DATA
from generator.publish.due.manifest import Manifest
from generator.publish.options import Options
from generator.publish.output.folder import OutputFolder
from generator.publish.work import Workshop
from generator.publish.workshop import workshop
from generator.render import Renderer
from generator.scenarios import Atlas

T = TypeVar("T")
Method = Callable[[Workshop, str], T]

_bench = threading.Lock()
"""A workshop is made for one job at a time, whatever threads its process has."""

_kept: tuple[Order, Workshop] | None = None

_over = ""
"""The token of the build that was over last."""


class CrewError(Exception):
    """The processes that jobs need aren't there, were killed, or would build something else."""


class WorkerLost(CrewError):
    """A worker process was killed, as when memory runs out."""


class OtherWorker(CrewError):
    """A worker that would build something else, or somewhere else; names it and both sides."""


class Order(Struct, frozen=True):
    """One build, as its workers must do it.

    data : folder of the data files. It and that of the templates are looked for where the worker was started,
        unless they are absolute. token : what the output's lock says while this build has it.
    versions : of all that pages depend on. today : the day that changed pages carry.
    """

    options: Options
    data: Path
    token: str
    versions: Mapping[str, str]
    today: str


def order_of(options: Options, folder: OutputFolder, today: str) -> Order:
    """The order that a build gives whoever works for it.

    Raises
    ------
    ValueError : the options don't say where the data is.
    """
    if options.data is None:
        raise ValueError("workers need the folder of the data files")
    there = replace(options, out=options.out.absolute())
    return Order(there, options.data, folder.token, versions(options.data, options.templates), today)


def versions(data: Path, templates: Path) -> dict[str, str]:
    """Of all that pages depend on, as this process has it; what is missing is said."""
    found = {"Python": platform.python_version()}
    found |= {library: version(library) for library in LIBRARIES}
    for name, folder, left_out in (("data", data, NOT_READ_DATA), ("templates", templates, ())):
        found[name] = files_digest(folder, left_out) if folder.is_dir() else f"no folder {folder.absolute()}"
    return found | {"code": code_digest()}


def differences(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """What two sides have in different versions, in words; empty where they agree."""
    return ", ".join(
        f"{name}: {there.get(name, 'none')} there, {value} here"
        for name, value in here.items()
        if there.get(name) != value
    )


def perform(order: Order, method: Method[T], name: str, old_record: bytes | None) -> T:
    """``method(workshop, name)`` of a build that was ordered elsewhere.

    old_record : line of the job's record in the published site's manifest, None where it has none.

    Raises
    ------
    OtherWorker : this process has other versions, or doesn't see the build's output.
    CrewError : the build is over. Whatever ``method`` raises.
    """
    with _bench:
        if order.token == _over:
            raise CrewError(f"{name} isn't wanted any more: the build is over")
        shop = _workshop(order)
        shop.old = _Sent(name, old_record)
        return method(shop, name)


def leave(token: str) -> None:
    """Come back when this process does nothing more for a build: begin no job, end the one at work, let go of files."""
    global _kept, _over
    _over = token
    with _bench:
        if _kept is not None and _kept[0].token == token:
            _kept[1].stage.close()
            _kept = None


def _workshop(order: Order) -> Workshop:
    global _kept
    if _kept is not None:
        if _kept[0] == order:
            return _kept[1]
        _kept[1].stage.close()
        _kept = None
    here = f"{socket.gethostname()} (process {os.getpid()})"
    other = differences(versions(order.data, order.options.templates), order.versions)
    if other:
        raise OtherWorker(f"the worker on {here} would build something else: {other}")
    folder = order.options.folder(order.token)
    if not folder.is_held(order.token):
        raise OtherWorker(f"the worker on {here} doesn't see the build in {folder.name}: both must reach one place")
    atlas = Atlas(load_catalog(order.data), Bands.load(order.data / "accuracy.json"))
    renderer = Renderer(order.options.templates, order.options.base_url)
    shop = workshop(atlas, order.options, folder, renderer, shared=True)
    shop.today = order.today
    _kept = order, shop
    return shop


class _Sent(Manifest):
    """The one record that a job asks of the published site, without the manifest around it."""

    def __init__(self, job: str, line: bytes | None) -> None:
        self._job, self._line = job, line

    def line(self, job: str) -> bytes | None:
        """The line of the job, None of another."""
        return self._line if job == self._job else None
