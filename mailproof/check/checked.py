"""What a report says beside findings: accounts, who serves a zone, the length of a key."""

import re
from typing import Literal

from mailproof.check.finding import CheckedAccount, CheckedZone
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.ses_facts import AccountFacts, IdentityFacts, RegionFacts
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.environment import Environment

BITS = re.compile(r"RSA_([0-9]+)_BIT")
UNDER_REVIEW = "PROBATION"
SHUT_DOWN = "SHUTDOWN"


def checked_account(environment: Environment, region: str, found: RegionFacts) -> CheckedAccount:
    """Say how the account is in a region."""
    facts = None if isinstance(found.account, NotFound | Unanswered) else found.account
    return CheckedAccount(
        environment=environment.name,
        account=environment.account,
        region=region,
        state=_state(facts) if facts else "unknown",
        daily_quota=facts.quota if facts else None,
    )


def _state(facts: AccountFacts) -> Literal["production", "sandbox", "under review", "paused"]:
    if not facts.sending_enabled or facts.enforcement_status == SHUT_DOWN:
        return "paused"
    if facts.enforcement_status == UNDER_REVIEW:
        return "under review"
    return "production" if facts.production_access else "sandbox"


def checked_zone(environment: str, facts: ZoneFacts) -> CheckedZone:
    """Say who serves a zone."""
    return CheckedZone(environment=environment, zone=facts.zone.name, servers=sorted(facts.live_servers))


def key_bits(facts: IdentityFacts | None) -> int | None:
    """Return the length of the key that SES signs with, if it has drawn it."""
    found = BITS.fullmatch(facts.key_length) if facts and not facts.uses_byodkim else None
    return int(found[1]) if found else None
