"""What SES and Route 53 answer in a world."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import dns.name
import dns.zone
from botocore.exceptions import EndpointConnectionError

from mailproof.model.names import identity_name
from tests.fake_aws import Answer, FakeAws, identity, refused

CODES = {
    "access-denied": "AccessDeniedException",
    "throttled": "TooManyRequestsException",
    "region-disabled": "UnrecognizedClientException",
}
ACCOUNT = {
    "EnforcementStatus": "HEALTHY",
    "ProductionAccessEnabled": True,
    "SendingEnabled": True,
    "SendQuota": {"Max24HourSend": 50000.0},
}
IDENTITY = {
    "VerificationStatus": "SUCCESS",
    "DkimAttributes": {
        "SigningAttributesOrigin": "AWS_SES",
        "SigningEnabled": True,
        "Status": "SUCCESS",
        "Tokens": ["t1", "t2", "t3"],
    },
}


def identity_answer(dkim: Mapping[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Return what GetEmailIdentity answers of a healthy identity, but for what is given."""
    held: Any = IDENTITY["DkimAttributes"]
    return {**IDENTITY, **members, "DkimAttributes": {**held, **(dkim or {})}}


CONFIGURATION_SET = {"SendingOptions": {"SendingEnabled": True}}
PAGE = 2  # a reader has to page
OPERATIONS = {
    "GetAccount": "ses GET /v2/email/account",
    "ListEmailIdentities": "ses POST /v2/email/list-identities",
    "GetEmailIdentity": identity("*"),
    "GetConfigurationSet": "ses GET /v2/email/configuration-sets/*",
}
NO_ZONE = (404, "<ErrorResponse><Error><Code>NoSuchHostedZone</Code></Error></ErrorResponse>")
DENIED = (403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")


def ses_world(state: Any, region: str = "us-east-1") -> FakeAws:
    """Return an AWS with one region of SES."""
    aws = FakeAws()
    aws.answers |= ses_answers(state, region)
    return aws


def ses_answers(state: Any, region: str) -> dict[str, Answer]:
    """
    Return the answers of SES in a region.

    Args:
        state: What the world says of it: its identities, sets, account and faults; or the one fault of all its calls.
        region: The region.
    """
    if isinstance(state, str):
        return {f"{region} ses *": _fault(state)}
    given = (state.get("identities") or {}).items()
    names = {identity_name(name): {**IDENTITY, **(found or {})} for name, found in given}
    sets = {
        name: {**CONFIGURATION_SET, **(found or {})} for name, found in (state.get("configuration_sets") or {}).items()
    }
    answers: dict[str, Answer] = {
        OPERATIONS["GetAccount"]: (200, {**ACCOUNT, **(state.get("account") or {})}),
        OPERATIONS["ListEmailIdentities"]: _pages(
            [listed(name, str(found["VerificationStatus"])) for name, found in names.items()]
        ),
        **{OPERATIONS["GetEmailIdentity"].replace("*", name): (200, found) for name, found in names.items()},
        **{OPERATIONS["GetConfigurationSet"].replace("*", name): (200, found) for name, found in sets.items()},
    }
    for call, fault in (state.get("faults") or {}).items():
        if not fault.endswith("-once"):  # boto3 itself asks again
            answers = _with_fault(answers, call, fault)
    return {f"{region} {operation}": answer for operation, answer in answers.items()}


def listed(name: str, status: str = "SUCCESS") -> dict[str, Any]:
    """Return an entry of ListEmailIdentities."""
    return {"IdentityName": name, "VerificationStatus": status, "SendingEnabled": status == "SUCCESS"}


def _pages(entries: list[dict[str, Any]]) -> Callable[[str], tuple[int, Any]]:
    def page(body: str) -> tuple[int, Any]:
        start = int(json.loads(body).get("NextToken") or 0)
        more = {"NextToken": str(start + PAGE)} if start + PAGE < len(entries) else {}
        return 200, {"EmailIdentities": entries[start : start + PAGE], **more}

    return page


def _with_fault(answers: Mapping[str, Answer], call: str, fault: str) -> dict[str, Answer]:
    """Let an operation fail: for the argument that is named, or for all."""
    operation, _, argument = call.partition(" ")
    failing = OPERATIONS[operation].replace("*", argument or "*")
    stem = failing.removesuffix("*")
    others = {key: answer for key, answer in answers.items() if not (failing.endswith("*") and key.startswith(stem))}
    return {**others, failing: _fault(fault)}


def _fault(fault: str) -> Answer:
    if fault == "unreachable":
        return EndpointConnectionError(endpoint_url="https://email.example")
    return refused(CODES[fault], 429 if fault == "throttled" else 403)


def route53_answers(
    world: Mapping[str, Any], environment: Mapping[str, Any], zones: Mapping[Any, Any]
) -> dict[str, Answer]:
    """
    Return the answers of Route 53 about the hosted zones of an environment.

    Args:
        world: The world.
        environment: What its environment file holds.
        zones: Live zones, by origin.
    """
    state = world.get("route53") or {}
    if state == "access-denied":
        return {"* route53 *": DENIED}
    hosted = {zone["id"]: name for name, zone in environment["zones"].items() if isinstance(zone, dict)}
    key = "route53 GET /2013-04-01/hostedzone/{}"
    return {
        key.format(zone_id): NO_ZONE
        if state.get(name, {}).get("missing")
        else (200, _hosted_zone(zone_id, name, state, zones))
        for zone_id, name in hosted.items()
    }


def _hosted_zone(zone_id: str, name: str, state: Mapping[str, Any], zones: Mapping[Any, Any]) -> str:
    hosted = state.get(name, {})
    apex = dns.name.from_text(name)
    live: Any = dns.zone.from_text(hosted["zone"], apex, relativize=False) if "zone" in hosted else zones.get(apex)
    targets = [ns.target.to_text() for ns in live.get_rdataset(apex, "NS")] if live else ["ns-0.example."]
    members = "".join(f"<NameServer>{target.removesuffix('.')}</NameServer>" for target in targets)
    zone = f"<Id>/hostedzone/{zone_id}</Id><Name>{hosted.get('name', name)}.</Name><CallerReference>x</CallerReference>"
    config = f"<Config><PrivateZone>{str(hosted.get('private', False)).lower()}</PrivateZone></Config>"
    servers = f"<DelegationSet><NameServers>{members}</NameServers></DelegationSet>"
    return f"<R><HostedZone>{zone}{config}</HostedZone>{servers}</R>"
