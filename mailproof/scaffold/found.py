"""Find accounts, hosted zones and identities to propose; read-only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailproof.live.answer import Unanswered, unless_absent
from mailproof.live.aws.clients import fetch_account
from mailproof.live.aws.route53 import list_public_zones
from mailproof.live.aws.ses import list_region
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.model.regions import REGIONS

HOME = "us-east-1"


@dataclass(frozen=True, slots=True)
class Found:
    """
    What an account has.

    Attributes:
        account: Its id.
        region: The region of the credentials, if SES can be used there.
        zones: Ids of the public hosted zones, by name.
    """

    account: str | Unanswered
    region: str
    zones: Mapping[str, Sequence[str]] | Unanswered


def look(session: AwsSession) -> Found:
    """Ask whose credentials these are, and which hosted zones there are."""
    account = fetch_account(lambda: session.client("sts", HOME))
    if isinstance(account, Unanswered):
        return Found(account, HOME, account)
    listed = unless_absent(ask_aws(lambda: list_public_zones(session.client("route53"))))
    region = ask_aws(lambda: session.open().region_name)
    return Found(account, region if region in REGIONS else HOME, _by_name(listed))


def find_domains(session: AwsSession, regions: Sequence[str]) -> Mapping[str, Sequence[str] | Unanswered]:
    """Return the domains that are identities already, by region."""
    return {region: _domains(session, region) for region in regions}


def _domains(session: AwsSession, region: str) -> Sequence[str] | Unanswered:
    listed = unless_absent(ask_aws(lambda: list_region(session.client("sesv2", region))))
    return listed if isinstance(listed, Unanswered) else tuple(name for name in listed.names if "@" not in name)


def _by_name(listed: Sequence[tuple[str, str]] | Unanswered) -> Mapping[str, Sequence[str]] | Unanswered:
    if isinstance(listed, Unanswered):
        return listed
    zones: dict[str, list[str]] = {}
    for name, zone_id in listed:
        zones.setdefault(name, []).append(zone_id)
    return zones
