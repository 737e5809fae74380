"""Whose credentials these are."""

from collections.abc import Callable
from typing import Any

from mailproof.live.answer import Unanswered, unless_absent
from mailproof.live.aws.session import ask_aws

WRONG_ACCOUNT = "wrong account"


def fetch_account(client: Callable[[], Any]) -> str | Unanswered:
    """
    Ask STS which account the credentials belong to.

    Args:
        client: Makes the boto3 client for `sts`.
    """
    return unless_absent(ask_aws(lambda: str(client().get_caller_identity()["Account"])))


def refuse_other_account(found: str | Unanswered, wanted: str) -> Unanswered | None:
    """
    Say why an environment is not judged from these credentials.

    Returns:
        None if they belong to its account, or if STS could not be asked: the calls themselves will tell.
    """
    if isinstance(found, Unanswered) or found == wanted:
        return None
    return Unanswered(WRONG_ACCOUNT, f"the credentials belong to {found}, the environment to {wanted}")
