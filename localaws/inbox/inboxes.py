"""The receivers that are open, by the domain for which they take mail, and the process that judges for them."""

from mailproof.localaws.inbox.mailauth import Mailauth
from mailproof.localaws.inbox.server import Inbox

_open: dict[str, Inbox] = {}
_judges: dict[tuple[str, str], Mailauth] = {}


def find_inbox(domain: str) -> Inbox | None:
    """Return the receiver of a domain."""
    return _open.get(domain)


async def open_inbox(domain: str, maildir: str, dns: str, mailauth: str) -> Inbox:
    """
    Open a receiver, instead of one that the domain has.

    Args:
        domain: For which it takes mail.
        maildir: Folder where it keeps it.
        dns: `host:port` of the DNS server to ask.
        mailauth: Folder of the npm package; empty if there is none, then no Authentication-Results are written.
    """
    if held := _open.pop(domain, None):
        held.close()
    inbox = Inbox(domain, maildir, await _find_judge(mailauth, dns) if mailauth else None)
    await inbox.start()
    _open[domain] = inbox
    return inbox


async def _find_judge(package: str, dns: str) -> Mailauth:
    """Return the process that judges for all receivers, started if it is not there."""
    judge = _judges.get((package, dns))
    if judge is None or judge.has_ended:
        judge = _judges[package, dns] = await Mailauth.start(package, dns)
    return judge
