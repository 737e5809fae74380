"""The receivers that are open, by the domain for which they take mail."""

from mailproof.localaws.inbox.server import Inbox

_open: dict[str, Inbox] = {}


def find_inbox(domain: str) -> Inbox | None:
    """Return the receiver of a domain."""
    return _open.get(domain)


async def open_inbox(domain: str, maildir: str, dns: str, mailauth: str) -> Inbox:
    """Open a receiver, instead of one that the domain has."""
    if held := _open.pop(domain, None):
        held.close()
    inbox = Inbox(domain, maildir)
    await inbox.start(dns, mailauth)
    _open[domain] = inbox
    return inbox


def close_all() -> None:
    """Close every receiver."""
    while _open:
        _open.popitem()[1].close()
