"""Plays a world: a small piece of DNS and SES, healthy or broken in one known way."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from mailproof.check import CheckReport, Finding, check_environment
from mailproof.environments import load_environments
from mailproof.live.answer import Unanswered
from mailproof.live.mta_sts_reader import FetchedPolicy
from mailproof.live.resolver import Budget
from tests.check.world_aws import route53_answers, ses_answers
from tests.check.world_dns import WorldDns, serve
from tests.fake_aws import FakeAws

FOLDER = Path(__file__).parent / "worlds"
SUBJECT = ("rule", "domain", "region", "name", "type")
# The one in C, where there is one, is eight times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_aws = FakeAws()
QUICK = Budget(timeout_s=2.0)
IMPATIENT = Budget(timeout_s=0.5)  # where some questions are never answered


def read_world(path: Path) -> dict[str, Any]:
    """Read a world."""
    return dict(yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER))  # noqa: S506 -- it is a safe one


def play(world: Mapping[str, Any], folder: Path) -> CheckReport:
    """Check a world against servers of its own; its environment file is written into the folder."""
    (folder / "prod.yaml").write_text(world["environment"], encoding="utf-8")
    if keys := world.get("keys"):
        (folder / "prod.keys.json").write_text(json.dumps(keys), encoding="utf-8")
    (environment,) = load_environments(folder)
    regions = world.get("ses") or {}
    faults = world.get("dns_faults") or {}
    dns_server = WorldDns({"amazonses.com": _amazonses(regions), **(world.get("dns") or {})}, faults)
    _aws.answers = route53_answers(world, yaml.safe_load(world["environment"]), dns_server.zones)
    for region in environment.all_regions():
        _aws.answers |= ses_answers(regions.get(region, {}), region)
    clients = {region: _client("sesv2", region) for region in environment.all_regions()}
    route53 = _client("route53")
    policies = world.get("policies", {})

    def fetch(_: str, host: str) -> FetchedPolicy | Unanswered:
        found = policies[host]
        return FetchedPolicy(**found) if isinstance(found, dict) else Unanswered("no answer", found)

    with serve(dns_server) as resolver, patch("mailproof.live.mta_sts_reader._fetch_from", fetch):
        budget = IMPATIENT if "timeout" in faults.values() else QUICK
        return check_environment(environment, ses=clients, route53=route53, resolver=resolver, budget=budget)


@functools.cache
def _client(service: str, region: str = "us-east-1") -> Any:
    """Return the client of all worlds, which are played one after the other: to make one takes longer than to play."""
    return _aws.client(service, region)


def differences(expected: list[dict[str, str]], findings: list[Finding]) -> list[str]:
    """Pair what is expected with what was found; return what is left over on either side."""
    left, missed = list(findings), []
    for want in sorted(expected, key=len, reverse=True):
        hit = next((finding for finding in left if _fits(want, finding)), None)
        if hit is None:
            missed.append(f"missed: {want}")
        else:
            left.remove(hit)
    return missed + [f"false alarm: {finding}" for finding in left]


def _fits(want: Mapping[str, str], finding: Finding) -> bool:
    return all(_plain(getattr(finding, key)) == _plain(want[key]) for key in SUBJECT if key in want)


def _plain(value: object) -> str:
    return str(value or "").lower()


def _amazonses(regions: Mapping[str, Any]) -> str:
    """What SES itself publishes, as far as `check` asks for it."""
    lines = ["$TTL 300", "@ SOA ns hostmaster 1 7200 900 1209600 300", "@ NS ns", "ns A 192.0.2.53"]
    lines.append('@ TXT "v=spf1 ip4:199.255.192.0/22 ip4:54.240.0.0/18 -all"')
    return "\n".join([*lines, *(f"feedback-smtp.{region} A 192.0.2.25" for region in regions)]) + "\n"
