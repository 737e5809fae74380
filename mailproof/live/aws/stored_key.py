"""Have SES sign with an own key: its private half goes from its secret through memory to SES, and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.secrets import PrivateKey, fetch_private_key
from mailproof.live.aws.ses import sign_with_own_key
from mailproof.model.own_key import StoredKey

Ask: TypeAlias = Callable[[str, Callable[[Any], Any]], Any]
"""Asks AWS in one account and region, given a service and a call that takes its client; returns an `AwsAnswer`."""


@dataclass(frozen=True, slots=True)
class SecretUnread:
    """
    A private half that could not be read, so that SES was told nothing.

    Attributes:
        stored: Where it was looked for.
        why: What came instead.
    """

    stored: StoredKey
    why: NotFound | Unanswered

    def __str__(self) -> str:
        """Say it, without what to do."""
        why = "it is not there" if isinstance(self.why, NotFound) else self.why
        return f"version {self.stored.version} of the secret {self.stored.secret} could not be read: {why}"


def sign_with_stored_key(
    ask: Ask, domain: str, selector: str, stored: StoredKey
) -> NotFound | Unanswered | SecretUnread | None:
    """
    Give SES an own key once more, from its secret; SES looks for its record anew.

    Args:
        ask: Asks AWS where the identity is.
        domain: The identity.
        selector: Of the key.
        stored: Where its private half is kept.

    Returns:
        None if SES has taken it.
    """
    private: PrivateKey | NotFound | Unanswered = ask(
        "secretsmanager", lambda client: fetch_private_key(client, stored)
    )
    if isinstance(private, NotFound | Unanswered):
        return SecretUnread(stored, private)
    key = private
    taken: NotFound | Unanswered | None = ask(
        "sesv2", lambda client: key.ask(lambda: sign_with_own_key(client, domain, selector, key))
    )
    return taken
