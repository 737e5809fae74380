"""
What the receiver of a message says in Authentication-Results.

Anybody can write such a header; a receiver adds its own on top, and takes away those below that claim to be of it.

Source: RFC 8601 sections 2.2, 5, 7.1
"""

from collections.abc import Sequence

from mailproof.explain.envelope import client_hop
from mailproof.explain.explanation import Receiver
from mailproof.explain.libraries import load
from mailproof.explain.mail import Mail

BEST_FIRST = ("pass", "fail", "softfail", "neutral", "policy", "permerror", "temperror", "none")


def read_receiver(mail: Mail, trusted: Sequence[str]) -> Receiver | None:
    """
    Read the results of a receiver.

    Args:
        mail: The message.
        trusted: Authserv-ids that are believed, of which the topmost header counts; without any, the topmost of all is
            returned, and marked.

    Returns:
        None if there is none.

    Raises:
        MissingLibraryError: See `load`.
    """
    values = _written_by_receivers(mail)
    if not values:
        return None
    authres = load("authres")
    for value in values:
        try:
            header = authres.AuthenticationResultsHeader.parse_value(value)
        except (authres.AuthResError, RecursionError):
            return None  # what stands below may be anybody's
        name = str(header.authserv_id or "").lower()
        if trusted and name not in {each.lower() for each in trusted}:
            continue
        results: dict[str, str] = {}
        for each in header.results:
            method, result = str(each.method).lower(), str(each.result).lower()
            results[method] = min(results.get(method, result), result, key=_rank)
        return Receiver(name=name, trusted=bool(trusted), results=results)
    return None


def _written_by_receivers(mail: Mail) -> list[str]:
    """
    Return the headers above the hop by which the message came in from outside: those below it a sender can write.

    A message without such a hop was never handed over, and all that it has may be anybody's: only the topmost counts.
    """
    incoming = client_hop(mail)
    found = [
        (position, value) for position, (name, value) in enumerate(mail.headers) if name == "authentication-results"
    ]
    if incoming is None:
        return [value for _, value in found[:1]]
    return [value for position, value in found if position < incoming.position]


def _rank(result: str) -> int:
    return BEST_FIRST.index(result) if result in BEST_FIRST else len(BEST_FIRST)
