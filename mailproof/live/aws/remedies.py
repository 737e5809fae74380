"""Remedies for failures common to all AWS calls: credentials, account, network, a region that is not enabled."""

import re
from collections.abc import Container

from mailproof.live.answer import Unanswered
from mailproof.live.aws.members import UNREADABLE_ANSWER

WRONG_ACCOUNT = "wrong account"
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
NO_CREDENTIALS = EXPIRED | {
    "CredentialRetrievalError",
    "NoCredentialsError",
    "PartialCredentialsError",
    "SSOTokenLoadError",
    "TokenRetrievalError",
    "UnauthorizedSSOTokenError",
}
NO_CONNECTION = frozenset(
    {
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "EndpointConnectionError",
        "ProxyConnectionError",
        "ReadTimeoutError",
        "SSLError",
        "no connection",
    }
)
# What AWS answers in a region that the account has not switched on: it does not know the credentials there.
NOT_ENABLED = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "OptInRequired"})
WRONG_SIGNATURE = frozenset({"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"})
WRONG_CLOCK = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
AWS_FAILED = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "InternalServiceError",
        "InternalServiceErrorException",
        "InternalServiceException",
        "ServiceFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Unavailable",
    }
)
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
TIME_WORDS = re.compile(r"expired|not yet current|time|earlier than|later than", re.IGNORECASE)
POLICY_WORDS = re.compile(r"(service|resource) control policy", re.IGNORECASE)
HTTP_STATUS = re.compile(r"HTTP (\d{3})")

LOG_IN = "Log in, or name a profile with `--profile`."
USE_ITS_ACCOUNT = "Use credentials of the environment's account, or name a profile with `--profile ENV=NAME`."
SET_THE_CLOCK = "Set the clock of this machine: AWS refuses what is signed more than five minutes off."
CORRECT_THE_KEY = "Correct the secret access key, which is not that of the key id; or a proxy changes the requests."
ASK_THE_ORGANISATION = "Ask who looks after the AWS organisation: its policy forbids this, and no role can allow it."
RUN_LATER = "Run again later: AWS itself failed; see https://health.aws.amazon.com."
NOT_AWS = "Look who answers for AWS: a proxy, a portal that wants a login, or `AWS_ENDPOINT_URL`; then run again."
_REMEDIES = {
    WRONG_ACCOUNT: USE_ITS_ACCOUNT,
    UNREADABLE_ANSWER: NOT_AWS,
    "ProfileNotFound": "Name a profile of your AWS configuration with `--profile`, or correct `AWS_PROFILE`.",
    **dict.fromkeys(NO_CREDENTIALS, LOG_IN),
    **dict.fromkeys(EXPIRED, "Log in again and run the same command again."),
    **dict.fromkeys(NO_CONNECTION, "Look at network and proxy of this machine, then run again."),
    **dict.fromkeys(WRONG_CLOCK, SET_THE_CLOCK),
    **dict.fromkeys(WRONG_SIGNATURE, CORRECT_THE_KEY),
    **dict.fromkeys(AWS_FAILED, RUN_LATER),
}


def remedy(why: Unanswered) -> str:
    """
    Return what to do, whichever call it was, as a sentence; empty if that hangs on the call.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    if why.reason in WRONG_SIGNATURE and TIME_WORDS.search(why.detail):
        return SET_THE_CLOCK
    if why.reason in DENIED and POLICY_WORDS.search(why.detail):
        return ASK_THE_ORGANISATION
    if status := HTTP_STATUS.fullmatch(why.reason):  # without an error code of AWS's
        return RUN_LATER if status[1].startswith("5") else NOT_AWS
    return _REMEDIES.get(why.reason, "")


def is_news(why: Unanswered, region: str, needed: Container[str]) -> bool:
    """
    Tell whether to say that a region did not answer: one that is not enabled holds nothing, and may be needed.

    Args:
        why: What AWS said.
        region: Where it was asked.
        needed: Regions that have to answer.
    """
    return why.reason not in NOT_ENABLED or region in needed


def could_not_ask(whom: str, why: Unanswered, region: str) -> str:
    """
    Say that somebody could not be asked, what came instead, and what to do about it.

    Args:
        whom: And for what, such as ``SES for 'example.com'``.
        why: What AWS said.
        region: Where it was asked.
    """
    return f"could not ask {whom}: {why}{advise(why, region)}"


def advise(why: Unanswered, region: str) -> str:
    """
    Return what to do, to be added to what AWS said; empty if that says it all.

    Args:
        why: What AWS said.
        region: Where it was asked.
    """
    if why.reason in NOT_ENABLED:
        enable = f"aws account enable-region --region-name {region}"
        return f"; if these credentials work elsewhere, the region is off: {enable}, or take it out of the file"
    todo = remedy(why).removesuffix(".")
    return f"; {todo[0].lower()}{todo[1:]}" if todo else ""
