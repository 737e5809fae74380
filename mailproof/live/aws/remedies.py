"""Remedies for failures common to all AWS calls: credentials, account, network, a region that is not enabled."""

from mailproof.live.answer import Unanswered

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
NOT_ENABLED = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch", "OptInRequired"}
)

LOG_IN = "Log in, or name a profile with `--profile`."
USE_ITS_ACCOUNT = "Use credentials of the environment's account, or name a profile with `--profile ENV=NAME`."
_REMEDIES = {
    WRONG_ACCOUNT: USE_ITS_ACCOUNT,
    "ProfileNotFound": "Name a profile of your AWS configuration with `--profile`, or correct `AWS_PROFILE`.",
    **dict.fromkeys(NO_CREDENTIALS, LOG_IN),
    **dict.fromkeys(EXPIRED, "Log in again and run the same again."),
    **dict.fromkeys(NO_CONNECTION, "Look at network and proxy of this machine, then run again."),
}


def remedy(why: Unanswered) -> str:
    """Return what to do, whichever call it was, as a sentence; empty if that hangs on the call."""
    return _REMEDIES.get(why.reason, "")


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
