"""What serves an MTA-STS policy: made, asked as a sender asks, and changed."""

import urllib.request
from dataclasses import replace

from mailproof.localaws import LocalAws
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.mta_sts import POLICY_PATH, MtaSts, MtaStsMode, build_mta_sts, policy_host
from mailproof.model.stack_item import PolicyHostItem, RecordSetsItem
from tests.localaws.world import Resources, World

TESTING = MtaSts(MtaStsMode.TESTING, ("mx1.example.org", "*.mail.example.org"), 604_800, is_served=True)
ACCOUNT_OF_UNSIGNED_REQUESTS = "000000000000"
ZONE = "policy.localhost"  # the emulator answers for no other hosts than this machine's


def _resources(domain: SendingDomain) -> Resources:
    items = (RecordSetsItem(domain, None), PolicyHostItem(domain))
    return {name: resource for item in items for name, resource in item.resources(lambda _: ()).items()}


def _fetch(aws: LocalAws, host: str) -> tuple[str, str]:
    """Return type and text of the answer of a host; over HTTP, since the emulator has no certificate."""
    request = urllib.request.Request(f"{aws.endpoint}{POLICY_PATH}", headers={"Host": host})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return answer.headers.get_content_type(), answer.read().decode()


def test_the_policy_is_served_and_follows_the_file(local_aws: LocalAws) -> None:
    """The record of the host points where API Gateway says; after a change the text is the new one."""
    world = World(local_aws, ACCOUNT_OF_UNSIGNED_REQUESTS, "Z0POLICYHOST00000001", ZONE)
    domain = SendingDomain(ZONE, Zone(ZONE, world.zone_id), ("us-east-1",), individual_records=True)
    for policy in (TESTING, replace(TESTING, mode=MtaStsMode.ENFORCE)):
        state = world.deploy(_resources(replace(domain, mta_sts=policy)))
        assert state in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, world.reasons()
        (target,) = world.values(policy_host(ZONE), "CNAME")
        assert ".execute-api.us-east-1." in target
        assert world.values(f"_mta-sts.{ZONE}", "TXT") == [f'"{build_mta_sts(policy)}"']
        assert _fetch(local_aws, policy_host(ZONE)) == ("text/plain", policy.text)
