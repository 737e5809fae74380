"""Watches records over DNS, and identities, while something else happens."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from mailproof.model.dns_record import DnsRecord
from tests.e2e.project import Project

_PAUSE_S = 0.01
_LEAST_LOOKS = 5


def never_wrong(project: Project, records: Sequence[DnsRecord]) -> AbstractContextManager[None]:
    """Ask for records again and again during a `with` block, and fail if DNS answers one of them wrong even once."""
    return never(lambda: project.wrong(records))


def never_unverified(project: Project, *regions: str) -> AbstractContextManager[None]:
    """Ask SES again and again for the identity of the zone's own domain, which must stay verified, MAIL FROM too."""

    def look() -> list[str]:
        found = [project.identity(region=region) for region in regions]
        states = [identity["DkimAttributes"]["Status"] for identity in found]
        states += [identity["MailFromAttributes"]["MailFromDomainStatus"] for identity in found]
        return [state for state in states if state != "SUCCESS"]

    return never(look)


@contextlib.contextmanager
def never(look: Callable[[], object]) -> Iterator[None]:
    """Look again and again during a `with` block, and fail if there is something to see even once."""
    done = threading.Event()
    looks: list[object] = []

    def watch() -> None:
        while not done.is_set():
            looks.append(look())
            time.sleep(_PAUSE_S)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    assert len(looks) >= _LEAST_LOOKS, "too few looks to tell"
    assert [seen for seen in looks if seen] == []
