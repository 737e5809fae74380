"""What a message shows where it arrived, for the rules of the check."""

from mailproof.check.probed import SeenMessage, SeenSignature
from mailproof.explain.mail import NoMessageError, read_mail
from mailproof.explain.run import explain
from mailproof.live.resolver import Lookup
from mailproof.probe.plan import HEADER


def mark_of(message: bytes) -> str:
    """Return what a message says in the header by which it is known; empty if it does not, or is no message."""
    try:
        return read_mail(message).first(HEADER.lower())
    except NoMessageError:
        return ""


async def read_message(message: bytes, lookup: Lookup) -> SeenMessage:
    """
    Explain a message, and keep of it what rules judge.

    Args:
        message: As it arrived.
        lookup: Answers for DNS.

    Raises:
        MissingLibraryError: A library is not installed.
    """
    found = await explain(message, lookup)
    signatures = tuple(
        SeenSignature(each.domain, each.selector, each.aligned, each.reason, each.result != "temperror")
        for each in found.signatures
        if each.domain  # else no receiver reads it
    )
    receiver = found.receiver
    return SeenMessage(
        signatures, found.spf.domain, receiver.name if receiver else "", receiver.results if receiver else {}
    )
