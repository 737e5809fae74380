"""What to do when AWS refuses to answer."""

from mailproof.live.answer import Unanswered
from mailproof.live.aws.session import NOT_ENABLED
from mailproof.template.cloud_assembly import SynthesisedStack

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})


def advise(answer: Unanswered, stack: SynthesisedStack) -> str:
    """Return what to do, to be added to what AWS said; empty if that says it all."""
    if answer.reason in EXPIRED:
        return "; log in again and run the same again"
    if answer.reason in NOT_ENABLED:
        enable = f"aws account enable-region --region-name {stack.region}"
        return f"; if these credentials work elsewhere, the region is off: {enable}, or take it out of the file"
    return ""
