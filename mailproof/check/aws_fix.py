"""What to do where AWS does not answer for a reason that has nothing to do with the call."""

from mailproof.live.answer import Unanswered
from mailproof.live.aws.caller import WRONG_ACCOUNT
from mailproof.live.aws.ses import NO_CONNECTION, NO_CREDENTIALS

LOG_IN = "Log in, or name a profile with `--profile`."
USE_ITS_ACCOUNT = "Use credentials of the environment's account, or name a profile with `--profile ENV=NAME`."
_FIXES = {
    WRONG_ACCOUNT: USE_ITS_ACCOUNT,
    "ProfileNotFound": "Name a profile of your AWS configuration with `--profile`, or correct `AWS_PROFILE`.",
    **dict.fromkeys(NO_CREDENTIALS, LOG_IN),
    **dict.fromkeys(NO_CONNECTION, "Look at network and proxy of this machine, then run again."),
}


def fix_of(why: Unanswered) -> str:
    """Return what to do; empty if the rule's own words say it."""
    return _FIXES.get(why.reason, "")
