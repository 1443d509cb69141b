"""One build at a time in an object store, which has no locks.

A build keeps a small file there and writes a new number into it every few seconds. One that finds such a file
watches whether the number changes: if it doesn't, the build is gone. No clocks are compared.
"""

from __future__ import annotations

import logging
import threading
import time

from generator.publish.output.folder import FolderBusy
from generator.publish.output.stage import OutputError
from generator.publish.output.store import Store

RENEW_SECONDS = 5.0
LEASE_SECONDS = 30.0
"""A build that has written no new number for so long is gone."""

log = logging.getLogger(__name__)


class Lease:
    """The file ``name`` in the store while one build has it.

    owner, token : of this build, in words and for its workers.
    """

    def __init__(self, store: Store, name: str, owner: str, token: str) -> None:
        self._store, self._name = store, name
        self._owner, self._token = owner, token
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self) -> None:
        """Take it, once whoever had it is gone.

        Raises
        ------
        FolderBusy : another build has it and is at work. OutputError : the store refuses.
        """
        if not self._store.create(self._name, self._text(0)):
            self._outwait()
            self._store.remove([self._name])
            if not self._store.create(self._name, self._text(0)):
                raise FolderBusy(f"{self._store.url}: another build has just begun there")
        self._thread = threading.Thread(target=self._renew, daemon=True)
        self._thread.start()

    def is_held(self, token: str) -> bool:
        """Whether it is that of the build with this token, as seen from this process."""
        lines = self._lines()
        return len(lines) > 1 and lines[1] == token

    def release(self) -> None:
        """Let others have it, at the latest once they find that it isn't renewed any more."""
        self._ended.set()
        if self._thread is None:
            return
        self._thread.join()
        try:
            if self.is_held(self._token):
                self._store.remove([self._name])
        except OutputError as error:
            log.warning("%s, so the next build waits until it sees that this one is gone", error)

    def _outwait(self) -> None:
        found = self._lines()
        if found:
            log.warning("%s: %s was at work there; looking whether it still is", self._store.url, found[0])
        end = time.monotonic() + LEASE_SECONDS
        while found and time.monotonic() < end:
            time.sleep(min(RENEW_SECONDS, LEASE_SECONDS) / 2)
            now = self._lines()
            if now and now != found:
                raise FolderBusy(f"{self._store.url}: another build ({now[0]}) is at work there")
            found = now

    def _renew(self) -> None:
        number = 0
        while not self._ended.wait(RENEW_SECONDS):
            number += 1
            try:
                if not self.is_held(self._token):
                    return
                self._store.write({self._name: self._text(number)})
            except OutputError as error:
                log.warning("the lock can't be renewed: %s", error)

    def _lines(self) -> list[str]:
        return (self._store.read(self._name) or b"").decode().split("\n")

    def _text(self, number: int) -> bytes:
        return f"{self._owner}\n{self._token}\n{number}\n".encode()
