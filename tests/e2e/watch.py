"""Watches records over DNS while something else happens."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence

from mailproof.model.dns_record import DnsRecord
from tests.e2e.project import Project

_PAUSE_S = 0.02
_LEAST_LOOKS = 10


@contextlib.contextmanager
def never_wrong(project: Project, records: Sequence[DnsRecord]) -> Iterator[None]:
    """Ask for records again and again during a `with` block, and fail if DNS answers one of them wrong even once."""
    done = threading.Event()
    looks: list[dict[str, list[str]]] = []

    def look() -> None:
        while not done.is_set():
            looks.append(project.wrong(records))
            time.sleep(_PAUSE_S)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    assert len(looks) >= _LEAST_LOOKS, "too few looks to tell"
    assert [look for look in looks if look] == []
