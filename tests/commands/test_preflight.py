"""Tests of `mailproof preflight`: what stands in the way of a deployment is said before it, and nothing is changed."""

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from mailproof.check.finding import Severity
from mailproof.check.preflight.catalogue import PREFLIGHT
from mailproof.check.rule import Rule
from mailproof.template.repair_note import with_note
from tests.check.world_dns import WorldDns
from tests.commands.world import FILE, GET_IDENTITY, HOSTED_ZONE, IDENTITY, ZONE, Changing, World, world, zones
from tests.fake_aws import ACCOUNT, CALLER, Answer, caller, refused
from tests.few_regions import leave_regions
from tests.model.keys import PUBLIC_KEY, SECRET, VERSION

OURS = "mailproof-prod-ses-us-east-1"
RECORDS = "mailproof-prod-dns"
RRSET = "route53 GET /2013-04-01/hostedzone/Z0EXAMPLE/rrset"
LIMIT = "route53 GET /2013-04-01/hostedzonelimit/Z0EXAMPLE/MAX_RRSETS_BY_ZONE"
LIST = "ses POST /v2/email/list-identities"
OWNER = "cloudformation DescribeStackResources"
STACK = "cloudformation DescribeStacks"
TEMPLATE = "cloudformation GetTemplate"
NO_STACK = (
    400,
    "<Response><Error><Code>ValidationError</Code><Message>Stack x does not exist</Message></Error></Response>",
)
HOSTED = "route53 GET /2013-04-01/hostedzone/Z0EXAMPLE"
NO_ZONE = (404, "<ErrorResponse><Error><Code>NoSuchHostedZone</Code><Message>no</Message></Error></ErrorResponse>")
DENIED = (403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
ASSUMED = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s"
    "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>"
    "</AssumeRoleResult></AssumeRoleResponse>"
)
BARE = "\n".join(line for line in ZONE.splitlines() if line.startswith(("$", "@"))) + "\n"


def record_sets(*sets: tuple[str, str, str]) -> tuple[int, str]:
    """Return an answer of ListResourceRecordSets."""
    rows = "".join(
        f"<ResourceRecordSet><Name>{name}.</Name><Type>{kind}</Type><TTL>300</TTL><ResourceRecords><ResourceRecord>"
        f"<Value>{value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
        for name, kind, value in sets
    )
    return (
        200,
        f"<R><ResourceRecordSets>{rows}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>300</MaxItems></R>",
    )


def limit(count: int, value: int = 10_000) -> tuple[int, str]:
    """Return an answer of GetHostedZoneLimit."""
    return 200, f"<R><Limit><Type>MAX_RRSETS_BY_ZONE</Type><Value>{value}</Value></Limit><Count>{count}</Count></R>"


def owner(stack: str) -> tuple[int, str]:
    """Return an answer of DescribeStackResources."""
    member = f"<member><StackName>{stack}</StackName></member>"
    return 200, (
        "<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources>"
        f"{member}</StackResources></DescribeStackResourcesResult></DescribeStackResourcesResponse>"
    )


def stack(state: str = "UPDATE_COMPLETE", name: str = RECORDS) -> tuple[int, str]:
    """Return an answer of DescribeStacks."""
    member = f"<member><StackName>{name}</StackName><StackStatus>{state}</StackStatus></member>"
    return (
        200,
        f"<DescribeStacksResponse><DescribeStacksResult><Stacks>{member}</Stacks></DescribeStacksResult></DescribeStacksResponse>",
    )


def template(*records: tuple[str, str], form: Callable[[object], str] = json.dumps) -> tuple[int, str]:
    """Return an answer of GetTemplate with record sets of names and types."""
    resources = {
        f"R{number}": {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": f"{name}.", "Type": kind}}
        for number, (name, kind) in enumerate(records)
    }
    return in_force({"Resources": resources}, form)


def in_force(template: Mapping[str, Any], form: Callable[[object], str] = json.dumps) -> tuple[int, str]:
    """Return an answer of GetTemplate."""
    body = escape(form(template))
    return 200, f"<R><GetTemplateResult><TemplateBody>{body}</TemplateBody></GetTemplateResult></R>"


def deployed(name: str, template: Mapping[str, Any]) -> dict[str, Answer]:
    """Return the answers of CloudFormation where there is one stack of those in the plan."""
    return {STACK: lambda request: stack() if name in request else NO_STACK, TEMPLATE: in_force(template)}


def listed(*names: str) -> tuple[int, object]:
    """Return an answer of ListEmailIdentities."""
    return 200, {"EmailIdentities": [{"IdentityName": name} for name in names]}


MADE = (("bounce.example.com", "MX"), ("_dmarc.example.com", "TXT"))
HELD = record_sets(
    ("bounce.example.com", "MX", "10 feedback-smtp.us-east-1.amazonses.com"),
    ("_dmarc.example.com", "TXT", "v=DMARC1; p=none"),
)


@pytest.fixture
def dns() -> Changing:
    """A delegated zone without any record of ours."""
    return Changing(zones(BARE))


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dns: Changing) -> Iterator[World]:
    """A world in which nothing stands in the way; where stacks of ours are looked for, a test says."""
    leave_regions(monkeypatch)
    with world(tmp_path, monkeypatch, dns) as found:
        found.aws.answers |= {
            LIST: listed(),
            "ssm GetParameter": (200, {"Parameter": {"Value": "29"}}),
            OWNER: NO_STACK,
            STACK: NO_STACK,
            RRSET: record_sets(("example.com", "NS", "ns1.example.net.")),
            LIMIT: limit(2),
        }
        del found.aws.answers[GET_IDENTITY]
        yield found


def rules(world: World, *arguments: str) -> tuple[int, list[str]]:
    """Run it; return exit code and the rules that hold."""
    result = world.run("preflight", "--format", "json", *arguments)
    assert result.stdout, result.stderr
    found = [finding["rule"] for finding in json.loads(result.stdout)["findings"]]
    return result.exit_code, found


def test_nothing_stands_in_the_way(ready: World) -> None:
    """Exit code 0, and only reads."""
    assert rules(ready) == (0, [])
    reads = ("Get", "GET", "Describe", "POST /v2/email/list-identities")
    assert all(call.split(" ", 2)[2].startswith(reads) for call in ready.aws.calls)


@pytest.mark.parametrize("form", [json.dumps, yaml.dump], ids=["json", "yaml"])
def test_all_is_ours_already(ready: World, dns: Changing, form: Callable[[object], str]) -> None:
    """A second deploy finds what the first one made, also after an import, which leaves YAML; a stack is read once."""
    dns.world = zones()
    ready.aws.answers |= {
        LIST: listed("example.com"),
        OWNER: owner(OURS),
        STACK: stack(),
        TEMPLATE: template(*MADE, form=form),
        RRSET: HELD,
    }
    assert rules(ready) == (0, [])
    assert sum("GetTemplate" in call for call in ready.aws.calls) == 2  # of two stacks


@pytest.mark.parametrize(
    ("state", "made"),
    [("ROLLBACK_COMPLETE", MADE), ("UPDATE_COMPLETE", (("bounce.example.com", "TXT"), ("_dmarc.example.com", "MX")))],
    ids=["nothing-lives", "other-types"],
)
def test_a_template_alone_owns_nothing(ready: World, state: str, made: tuple[tuple[str, str], ...]) -> None:
    """That of a stack which could not be made, and one with other records at these names."""
    ready.aws.answers |= {STACK: stack(state), TEMPLATE: template(*made), RRSET: HELD}
    assert rules(ready) == (1, ["preflight-record-there"] * 2)


def test_a_template_that_cannot_be_read_is_no_answer(ready: World) -> None:
    """Somebody may have deployed anything under the name of our stack."""
    ready.aws.answers |= {STACK: stack(), TEMPLATE: template(form=lambda _: "a text"), RRSET: HELD}
    assert rules(ready) == (3, ["preflight-unanswered"])


DEPLOYED = {
    "Resources": {
        "Identity": {
            "Type": "AWS::SES::EmailIdentity",
            "Properties": {
                "EmailIdentity": "example.com",
                "MailFromAttributes": {"MailFromDomain": "bounce.example.com"},
            },
        },
        "Dmarc": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "HostedZoneId": "Z0EXAMPLE",
                "Name": "_dmarc.example.com.",
                "Type": "TXT",
                "TTL": "300",
                "ResourceRecords": ['"v=DMARC1; p=none"'],
            },
        },
    }
}
DMARC = ("_dmarc.example.com", "TXT", '"v=DMARC1; p=none"')
UNSIGNED = IDENTITY | {"DkimAttributes": {**IDENTITY["DkimAttributes"], "SigningEnabled": False}}  # type: ignore[dict-item]
NO_MAIL_FROM = {key: value for key, value in IDENTITY.items() if key != "MailFromAttributes"}


@pytest.mark.parametrize(
    ("identity", "record", "expected"),
    [
        (IDENTITY, DMARC, []),
        (None, DMARC, ["preflight-identity-gone"]),
        (UNSIGNED, DMARC, ["preflight-identity-changed"]),
        (NO_MAIL_FROM, DMARC, ["preflight-identity-changed"]),
        (IDENTITY, None, ["preflight-record-gone"]),
        (IDENTITY, (*DMARC[:2], '"v=DMARC1; p=reject"'), ["preflight-record-changed"]),
        (IDENTITY, ("_dmarc.example.com", "CNAME", "vendor.example.net"), ["preflight-record-changed"]),
    ],
    ids=["as-deployed", "identity-gone", "unsigned", "mail-from-reset", "record-gone", "record-changed", "cname"],
)
def test_what_was_changed_past_the_stacks_is_named(
    ready: World, identity: dict[str, object] | None, record: tuple[str, str, str] | None, expected: list[str]
) -> None:
    """With the one command that puts it back; a deployment would not."""
    ready.aws.answers |= {
        **deployed(OURS, DEPLOYED),
        OWNER: owner(OURS),
        LIST: listed("example.com") if identity else listed(),
        RRSET: record_sets(*([record] if record else [])),
    }
    if identity:
        ready.aws.answers[GET_IDENTITY] = (200, identity)
    is_ours = [rule for rule in rules(ready)[1] if rule != "preflight-record-there"]
    assert is_ours == expected
    assert (f"mailproof repair prod --environments {ready.folder}" in fixes(ready)[1]) == bool(expected)


def test_what_was_compared_just_now_is_not_asked_for_again(ready: World) -> None:
    """SES answers one request a second; what stacks hold is read all the same."""
    ready.aws.answers |= {
        **deployed(OURS, DEPLOYED),
        OWNER: owner(OURS),
        LIST: listed("example.com"),
        RRSET: record_sets(DMARC),
        GET_IDENTITY: (200, UNSIGNED),
    }
    drifted = rules(ready)[1]
    assert f"us-east-1 {GET_IDENTITY}" in ready.aws.calls
    ready.aws.calls.clear()
    assert rules(ready, "--compared")[1] == [rule for rule in drifted if rule != "preflight-identity-changed"]
    assert f"us-east-1 {GET_IDENTITY}" not in ready.aws.calls


def fixes(world: World) -> tuple[list[str], str]:
    """Run it; return the rules that hold, and all that they tell to do."""
    found = json.loads(world.run("preflight", "--format", "json").stdout)["findings"]
    return [finding["rule"] for finding in found], " ".join(finding["fix"] for finding in found)


@pytest.mark.parametrize(
    ("found", "origin", "fix"),
    [
        (owner("old-stack"), "AWS_SES", "In stack old-stack give it DeletionPolicy Retain and deploy that"),
        (NO_STACK, "AWS_SES", "Bring it into the stack with `mailproof adopt`"),
        (NO_STACK, "EXTERNAL", "--region us-east-1 --email-identity example.com --signing-attributes-origin AWS_SES"),
        (NO_STACK, "AWS_SES_EU_WEST_1", "--signing-attributes-origin AWS_SES"),
    ],
    ids=["another-stack", "by-hand", "own-key", "replica"],
)
def test_an_identity_of_somebody_else(ready: World, found: tuple[int, str], origin: str, fix: str) -> None:
    """CloudFormation would refuse to create it; what adopt refuses is made ready for it first."""
    identity = {**IDENTITY, "DkimAttributes": {**IDENTITY["DkimAttributes"], "SigningAttributesOrigin": origin}}  # type: ignore[dict-item]
    ready.aws.answers |= {LIST: listed("example.com"), OWNER: found}
    ready.aws.answers[GET_IDENTITY] = (200, identity)
    held, told = fixes(ready)
    assert (held, fix in told) == (["preflight-identity-there"], True)
    assert ("adopt" in told) == (origin == "AWS_SES")


def test_an_identity_that_an_interrupted_move_has_let_go(ready: World) -> None:
    """The same move goes on; nothing tells anybody to delete it."""
    tags = [{"Key": "aws:cloudformation:stack-name", "Value": "mailproof-prod-ses-us-east-1-brand"}]
    ready.aws.answers |= {LIST: listed("example.com"), OWNER: NO_STACK}
    ready.aws.answers[GET_IDENTITY] = (200, {**IDENTITY, "Tags": tags})
    held, told = fixes(ready)
    assert held == ["preflight-identity-there"]
    assert "It is live, and no stack holds it: `mailproof move prod" in told
    assert "delete" not in told


def test_a_record_of_somebody_else(ready: World) -> None:
    """The same record set, and a CNAME in the way of two."""
    ready.aws.answers[RRSET] = record_sets(
        ("bounce.example.com", "CNAME", "mail.example.net."), ("_dmarc.example.com", "TXT", "v=DMARC1; p=none")
    )
    held, told = fixes(ready)
    assert held == ["preflight-record-there"] * 3
    assert told.count("If the CNAME is to stay, choose another `mail_from` in the file.") == 2
    assert told.count("adopt") == 1


def test_tags_of_a_dmarc_record_of_somebody_else(ready: World) -> None:
    """Those that the record of the file has not are named before anything takes them out."""
    ready.aws.answers[RRSET] = record_sets(
        ("_dmarc.example.com", "TXT", "&quot;v=DMARC1; p=none; sp=reject; rua=mailto:d@example.com&quot;")
    )
    result = ready.run("preflight", "--format", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["rule"] == "preflight-record-there"
    assert finding["observed"].endswith("; the record of the file lacks sp=reject; rua=mailto:d@example.com")


def test_a_record_where_an_alias_is_to_be(ready: World) -> None:
    """Nothing can be beside a CNAME, so that the deployment would fail."""
    path = ready.folder / "prod.yaml"
    path.write_text(path.read_text().replace("{policy: none}", "{alias: shared.example.org}"))
    ready.aws.answers[RRSET] = record_sets(("_dmarc.example.com", "TXT", "&quot;v=DMARC1; p=none&quot;"))
    held, told = fixes(ready)
    assert held == ["preflight-record-there"]
    assert told.startswith("Put the CNAME that `mailproof records` shows in its place, in one change batch")


def test_an_address_where_a_stack_is_to_serve_a_policy(ready: World) -> None:
    """The target of the CNAME is made by the deployment, so that nobody can put it there before."""
    path = ready.folder / "prod.yaml"
    served = "mta_sts: {mode: testing, mx: [mx.example.com], serve: true}"
    path.write_text(f"{path.read_text()}  {served}\n")
    ready.aws.answers[RRSET] = record_sets(("mta-sts.example.com", "A", "192.0.2.1"))
    held, told = fixes(ready)
    assert held == ["preflight-record-there"]
    assert told.startswith("Delete what is there just before the deployment")


def test_a_record_with_a_routing_policy_is_made_simple_first(ready: World) -> None:
    """As it is, adopt refuses it."""
    status, body = record_sets(("_dmarc.example.com", "TXT", "v=DMARC1; p=none"))
    policy = "<SetIdentifier>a</SetIdentifier><Weight>1</Weight><TTL>"
    ready.aws.answers[RRSET] = (status, body.replace("<TTL>", policy))
    held, told = fixes(ready)
    assert (held, told.startswith("Replace it by a simple record")) == (["preflight-record-there"], True)


def test_the_zones_are_judged_as_check_does(ready: World) -> None:
    """Delegated to somebody else: no record of ours would be seen."""
    ready.aws.answers[HOSTED] = (200, HOSTED_ZONE.replace("ns1", "ns9"))
    assert rules(ready) == (1, ["delegation-elsewhere"])


def test_a_zone_that_is_being_filled_is_ready(ready: World) -> None:
    """Other servers are asked still, as the file says: that bars no deployment into the hosted zone."""
    ready.aws.answers["route53 GET /2013-04-01/hostedzone/Z0EXAMPLE"] = (200, HOSTED_ZONE.replace("ns1", "ns9"))
    _let_its_delegation_pend(ready)
    assert rules(ready) == (0, ["delegation-pending"])


def test_what_is_in_the_way_in_a_zone_that_is_being_filled_is_adopted_or_deleted(ready: World) -> None:
    """Nobody asks for it there, if the file is right."""
    _let_its_delegation_pend(ready)
    ready.aws.answers["route53 GET /2013-04-01/hostedzone/Z0EXAMPLE"] = (200, HOSTED_ZONE.replace("ns1", "ns9"))
    ready.aws.answers[RRSET] = record_sets(("_dmarc.example.com", "TXT", "v=DMARC1; p=none"))
    held, told = fixes(ready)
    assert held == ["preflight-record-there", "delegation-pending"]
    assert told.startswith("`mailproof adopt` brings it into the stack; where the file has `record_sets: grouped`, ")


def _let_its_delegation_pend(world: World) -> None:
    path = world.folder / "prod.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("id: Z0EXAMPLE", "id: Z0EXAMPLE, delegation: pending"))


def test_the_account_is_judged_as_check_does(ready: World) -> None:
    """Sandbox, paused sending and addresses with settings of their own."""
    ready.aws.answers["ses GET /v2/email/account"] = (
        200,
        {
            "SendingEnabled": False,
            "ProductionAccessEnabled": False,
            "EnforcementStatus": "SHUTDOWN",
            "SendQuota": {"Max24HourSend": 200.0},
        },
    )
    ready.aws.answers[LIST] = listed("anna@example.com")
    assert rules(ready) == (1, ["sending-paused", "account-in-sandbox", "address-identity-overrides-domain"])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((400, {"__type": "ParameterNotFound"}), (1, ["preflight-bootstrap-missing"])),
        ((200, {"Parameter": {"Value": "5"}}), (1, ["preflight-bootstrap-missing"])),
        ((400, {"__type": "AccessDeniedException"}), (3, ["preflight-unanswered"])),
    ],
    ids=["missing", "old", "denied"],
)
def test_the_bootstrap(ready: World, answer: tuple[int, object], expected: tuple[int, list[str]]) -> None:
    """The CDK's default stacks ask for version 6."""
    ready.aws.answers["ssm GetParameter"] = answer
    assert rules(ready) == expected


def parameters(ready: World, **known: str) -> None:
    """Let SSM know versions by the qualifiers of bootstrap stacks."""

    def answer(body: str) -> tuple[int, object]:
        qualifier = json.loads(body)["Name"].split("/")[2]
        there = {"Parameter": {"Value": known.get(qualifier)}}
        return (200, there) if qualifier in known else (400, {"__type": "ParameterNotFound"})

    ready.aws.answers["ssm GetParameter"] = answer


def test_a_qualifier_of_cdk_json(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CDK takes it for every stack that has no synthesizer of its own."""
    monkeypatch.chdir(ready.folder)
    context = {"@aws-cdk/core:bootstrapQualifier": "mail01"}
    Path("cdk.json").write_text(json.dumps({"toolkitStackName": "MailToolkit", "context": context}))
    parameters(ready, mail01="6")
    assert rules(ready) == (0, [])
    parameters(ready, hnb659fds="30")
    (finding,) = json.loads(ready.run("preflight", "--format", "json").stdout)["findings"]
    assert finding["rule"] == "preflight-bootstrap-missing"
    command = f"cdk bootstrap aws://{ACCOUNT}/us-east-1 --qualifier mail01 --toolkit-stack-name MailToolkit"
    assert finding["fix"] == f"Run `{command}`."


def test_what_an_assembly_asks_of_the_bootstrap(ready: World, tmp_path: Path) -> None:
    """A synthesizer of the app's own chooses parameter, version and roles; one of them all asks for nothing."""
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{ACCOUNT}/us-east-1",
        "displayName": "prod/ses-us-east-1",
        "properties": {"templateFile": "t.json"},
    }
    manifest = {"artifacts": {"stack": stack}}
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    (folder / "t.json").write_text("{}")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    parameters(ready)
    assert rules(ready, "--assembly", str(folder)) == (0, [])
    stack["properties"] |= {  # type: ignore[operator]
        "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/own/version",
        "requiresBootstrapStackVersion": 21,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    parameters(ready, own="20")
    assert rules(ready, "--assembly", str(folder)) == (1, ["preflight-bootstrap-missing"])
    parameters(ready, own="21")
    assert rules(ready, "--assembly", str(folder)) == (0, [])
    (folder / "manifest.json").unlink()
    assert ready.run("preflight", "--assembly", str(folder)).exit_code == 2


def test_credentials_of_another_account(ready: World) -> None:
    """Nothing of that account is looked at."""
    ready.aws.answers[CALLER] = caller("444455556666")
    assert rules(ready) == (1, ["preflight-wrong-account"])
    assert {call.split()[1] for call in ready.aws.calls} == {"sts"}


def test_only_what_is_new_takes_room(ready: World, dns: Changing) -> None:
    """A zone that is as good as full takes another deploy of what is in it; SES tells the names of DKIM."""
    dns.world = zones()
    dkim = [(f"t{number}._domainkey.example.com", "CNAME", f"t{number}.dkim.amazonses.com") for number in (1, 2, 3)]
    status, body = record_sets(*dkim)
    both = body.replace("</ResourceRecordSets>", HELD[1].partition("<ResourceRecordSets>")[2].partition("</R>")[0])
    ready.aws.answers |= {
        LIST: listed("example.com"),
        OWNER: owner(OURS),
        STACK: stack(),
        TEMPLATE: template(*MADE, ("bounce.example.com", "TXT")),
        GET_IDENTITY: (200, IDENTITY),
        RRSET: (status, both),
        LIMIT: limit(9_999),
    }
    assert rules(ready) == (0, [])
    ready.aws.answers[LIMIT] = limit(10_000)
    (finding,) = json.loads(ready.run("preflight", "--format", "json").stdout)["findings"]
    assert (finding["rule"], finding["observed"]) == ("preflight-zone-full", "10000, and 1 new")


def test_room_that_depends_on_an_answer_is_not_known(ready: World) -> None:
    """Whether DKIM records are new cannot be told without SES."""
    ready.aws.answers |= {LIMIT: limit(9_996), GET_IDENTITY: (403, {"__type": "AccessDeniedException"})}
    assert rules(ready) == (3, ["preflight-unanswered"])


@pytest.mark.parametrize(
    ("count", "expected"), [(9_996, (1, ["preflight-zone-full"])), (9_994, (0, []))], ids=["full", "room"]
)
def test_room_in_the_zone(ready: World, count: int, expected: tuple[int, list[str]]) -> None:
    """Three DKIM records, MX, SPF and DMARC are to come."""
    ready.aws.answers[LIMIT] = limit(count)
    assert rules(ready) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (10_000, (1, ["preflight-identities-full"])),
        (9_999, (0, ["preflight-identities-nearly-full"])),
        (8_999, (0, [])),
    ],
)
def test_room_for_identities(ready: World, count: int, expected: tuple[int, list[str]]) -> None:
    """SES takes 10,000 in a region."""
    ready.aws.answers[LIST] = listed(*(f"d{n}.example.net" for n in range(count)))
    assert rules(ready) == expected


def test_a_wildcard_is_not_in_the_way(ready: World, dns: Changing) -> None:
    """It answers for every name that has nothing of its own: another MAIL FROM name would not help."""
    dns.world = zones(BARE + "* MX 10 mx.example.net.\n")
    assert rules(ready) == (0, [])
    dns.world = zones(BARE + "* MX 10 mx.example.net.\nbounce MX 10 other.example.net.\n")
    assert rules(ready) == (1, ["preflight-mail-from-in-use"])


@pytest.mark.parametrize("cut", ["bounce.example.com", "_domainkey.example.com"])
def test_a_delegation_below_the_hosted_zone_is_told_before_a_deploy(cut: str, ready: World) -> None:
    """What the deployment writes below it nobody would see."""
    ready.aws.answers[RRSET] = record_sets(
        ("example.com", "NS", "ns1.example.net."), (cut, "NS", "ns1.vendor.example."), ("other.example.com", "NS", "x.")
    )
    (finding,) = json.loads(ready.run("preflight", "--format", "json").stdout)["findings"]
    assert (finding["rule"], finding["name"], finding["type"], finding["observed"]) == (
        "record-below-delegation",
        cut,
        "NS",
        "ns1.vendor.example",
    )


def test_a_second_mx_gets_the_advice_of_check(ready: World, dns: Changing) -> None:
    """`check` says of the same state: leave only the wanted one."""
    dns.world = zones(BARE + "bounce MX 10 mx.example.net.\nbounce MX 10 feedback-smtp.us-east-1.amazonses.com.\n")
    (finding,) = json.loads(ready.run("preflight", "--format", "json").stdout)["findings"]
    assert finding["fix"].startswith(
        "Leave only the wanted MX, `bounce.example.com. 1800 IN MX 10 feedback-smtp.us-east-1"
    )


def test_apex_spf_is_shown_as_it_is(ready: World, dns: Changing) -> None:
    """It is for information alone."""
    dns.world = zones(BARE + '@ TXT "v=spf1 mx -all"\n')
    (finding,) = json.loads(ready.run("preflight", "--format", "json").stdout)["findings"]
    assert (finding["rule"], finding["severity"], finding["observed"]) == (
        "preflight-apex-spf",
        "info",
        "v=spf1 mx -all",
    )


def test_what_route_53_does_not_answer(ready: World) -> None:
    """Neither right nor wrong is known."""
    ready.aws.answers |= {RRSET: DENIED, LIMIT: DENIED}
    assert rules(ready) == (3, ["preflight-unanswered"] * 2)


def test_an_account_of_zones_that_can_be_reached(ready: World) -> None:
    """It is looked at with the CDK's lookup role."""
    text = (
        (ready.folder / "prod.yaml").read_text().replace("{id: Z0EXAMPLE}", '{id: Z0EXAMPLE, account: "999988887777"}')
    )
    (ready.folder / "prod.yaml").write_text(text)
    ready.aws.answers["sts AssumeRole"] = (200, ASSUMED)
    ready.aws.answers[RRSET] = record_sets(("_dmarc.example.com", "TXT", "v=DMARC1; p=none"))
    assert rules(ready, "--domain", "example.com") == (1, ["preflight-record-there"])


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({HOSTED: (200, HOSTED_ZONE.replace("ns1", "ns9"))}, "delegation-elsewhere"),
        ({HOSTED: NO_ZONE, RRSET: NO_ZONE, LIMIT: NO_ZONE}, "zone-not-found"),
        ({RRSET: NO_ZONE, LIMIT: NO_ZONE}, "zone-not-found"),
    ],
    ids=["not asked", "not there", "gone meanwhile"],
)
@pytest.mark.parametrize("account", ["", ', account: "999988887777"'], ids=["own", "another"])
def test_a_hosted_zone_that_nobody_asks_or_that_is_not_there(
    ready: World, changed: dict[str, tuple[int, str]], found: str, account: str
) -> None:
    """One finding, wherever it is: nothing that is written into it would be seen, or nothing can be."""
    path = ready.folder / "prod.yaml"
    path.write_text(path.read_text().replace("{id: Z0EXAMPLE}", f"{{id: Z0EXAMPLE{account}}}"))
    ready.aws.answers |= {"sts AssumeRole": (200, ASSUMED), **changed}
    assert rules(ready, "--domain", "example.com") == (1, [found])


NULL_RECORDS = '@ MX 0 .\n@ TXT "v=spf1 -all"\n*._domainkey TXT "v=DKIM1; p="\nk1._domainkey CNAME gone.example.net.\n'
IN_USE = (
    '@ MX 10 mail\n@ TXT "v=spf1 include:_spf.example.net ~all"\nx1._domainkey TXT "v=DKIM1; p=MIIB"\n'
    'google._domainkey TXT "k=rsa; p=MIIB"\n'
)


@pytest.mark.parametrize(
    ("records", "identities", "expected"),
    [
        (NULL_RECORDS, ["example.org", "a@sub.example.com"], (0, [])),
        ('@ TXT "v=spf1 ~all"\n', ["Bob@Example.com", "example.com"], (1, [None, None])),
        (IN_USE, [], (1, ["MX", "TXT", "TXT", "TXT"])),
    ],
    ids=["parked", "in-ses", "in-dns"],
)
def test_a_domain_in_use_is_not_parked(
    ready: World, dns: Changing, records: str, identities: list[str], expected: tuple[int, list[str | None]]
) -> None:
    """Its mail would be refused: each sign is one finding. What an earlier deployment made is none."""
    (ready.folder / "prod.yaml").write_text(PARKED)
    dns.world = zones(f"{BARE}{records}")
    ready.aws.answers[LIST] = listed(*identities)
    keys = [(f"{name}._domainkey.example.com", "CNAME", "x.") for name in ("k1", "x1")]
    ready.aws.answers[RRSET] = record_sets(*keys)
    result = ready.run("preflight", "--format", "json")
    findings = json.loads(result.stdout)["findings"]
    if findings:  # how to take in a record that stayed comes after that
        ready.aws.answers[RRSET] = record_sets(*keys, ("_dmarc.example.com", "TXT", '"v=DMARC1; p=none"'))
        assert json.loads(ready.run("preflight", "--format", "json").stdout)["findings"] == findings
    assert (result.exit_code, [found["type"] for found in findings]) == expected
    assert {found["rule"] for found in findings} <= {"parked-domain-in-use"}


PARKED = f"""
account: "{ACCOUNT}"
regions: [us-east-1]
zones: {{example.com: {{id: Z0EXAMPLE}}}}
parked: [example.com]
"""


def test_whether_a_parked_domain_is_in_use_may_not_be_known(ready: World, dns: Changing) -> None:
    """Nobody answers: that is no permission."""
    (ready.folder / "prod.yaml").write_text(PARKED)
    dns.world = WorldDns({"example.com": BARE}, {"example.com MX": "servfail"})
    ready.aws.answers[LIST] = refused("AccessDeniedException")
    assert rules(ready) == (3, ["dns-unanswered", "ses-unanswered"])


def test_a_replica_that_is_not_there_is_made_before_the_deployment(ready: World) -> None:
    """CloudFormation would make an identity with keys of its own; the region of the parent lacks nothing."""
    file = ready.folder / "prod.yaml"
    regions = "regions: [us-east-1, eu-west-1]\ndefaults: {dkim: {replica_of: us-east-1}}"
    file.write_text(file.read_text().replace("regions: [us-east-1]", regions).replace("mail_from: bounce", ""))
    result = ready.run("preflight", "--format", "json")
    [found] = json.loads(result.stdout)["findings"]
    assert (found["rule"], found["domain"], found["region"]) == (
        "preflight-replica-missing",
        "example.com",
        "eu-west-1",
    )
    assert "`mailproof dkim replicate prod example.com" in found["fix"]
    assert result.exit_code == 1


class Case(NamedTuple):
    """
    What is otherwise than where nothing stands in the way.

    Attributes:
        answers: Of AWS.
        records: Lines of the zone.
        files: Name of a file of the environment to what stands in it.
        regions: In which stacks that are not in the plan are looked for.
    """

    answers: Mapping[str, Answer] = {}
    records: str = ""
    files: Mapping[str, str] = {}
    regions: tuple[str, ...] = ()


def held(*names: str) -> dict[str, Any]:
    """Return a template with some resources."""
    return {"Resources": {name: RESOURCES[name] for name in names}}


def left(answer: tuple[int, str]) -> dict[str, Answer]:
    """Return an answer of DescribeStacks where all are listed; of the plan there is none."""
    return {STACK: lambda request: NO_STACK if "StackName" in request else answer}


LEFT = "mailproof-prod-ses-us-east-1-brand"
RESOURCES: dict[str, Any] = {
    **DEPLOYED["Resources"],
    "Dkim": {
        "Type": "AWS::Route53::RecordSet",
        "Properties": {
            "HostedZoneId": "Z0EXAMPLE",
            "Name": {"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]},
            "Type": "CNAME",
            "TTL": "300",
            "ResourceRecords": [{"Fn::GetAtt": ["Identity", "DkimDNSTokenValue1"]}],
        },
    },
}
# All DKIM records are there, of the tokens that the identity has now; CloudFormation made them under others.
MADE_BEFORE = (
    "<R><ListStackResourcesResult><StackResourceSummaries><member><LogicalResourceId>Dkim</LogicalResourceId>"
    "<PhysicalResourceId>old._domainkey.example.com.</PhysicalResourceId></member></StackResourceSummaries>"
    "</ListStackResourcesResult></R>"
)
THERE: dict[str, Answer] = {LIST: listed("example.com"), OWNER: owner(OURS), GET_IDENTITY: (200, IDENTITY)}
CLOSED = refused("UnrecognizedClientException")
OWN_KEY = {"selector": "s1", "public_key": PUBLIC_KEY, "secret": SECRET, "version": VERSION, "regions": ["us-east-1"]}
CASES = {
    "preflight-wrong-account": Case({CALLER: caller("444455556666")}),
    "preflight-no-credentials": Case({CALLER: DENIED}),
    "preflight-bootstrap-missing": Case({"ssm GetParameter": refused("ParameterNotFound", 400)}),
    "preflight-dns-account-closed": Case(
        {"sts AssumeRole": DENIED},
        files={"prod.yaml": FILE.replace("Z0EXAMPLE", 'Z0EXAMPLE, account: "999988887777"')},
    ),
    "preflight-region-closed": Case({LIST: CLOSED, "ses GET /v2/email/account": CLOSED}),
    "preflight-identity-there": Case({**THERE, OWNER: NO_STACK}),
    "preflight-own-key-missing": Case(
        {"secretsmanager ListSecretVersionIds": (200, {"Versions": []})},
        files={
            "prod.yaml": FILE.replace("mail_from: bounce", "dkim: {key: own}"),
            "prod.keys.json": json.dumps({"example.com": [OWN_KEY]}),
        },
    ),
    "preflight-replica-missing": Case(
        files={
            "prod.yaml": FILE.replace("[us-east-1]", "[us-east-1, eu-west-1]").replace(
                "mail_from: bounce", "dkim: {replica_of: us-east-1}"
            )
        },
    ),
    "preflight-identities-full": Case({LIST: listed(*(f"d{n}.example.net" for n in range(10_000)))}),
    "preflight-identities-nearly-full": Case({LIST: listed(*(f"d{n}.example.net" for n in range(9_999)))}),
    "preflight-repair-unfinished": Case(deployed(RECORDS, with_note({}, held("Dmarc")))),
    "preflight-identity-gone": Case(deployed(OURS, held("Identity"))),
    "preflight-identity-changed": Case({**THERE, **deployed(OURS, held("Identity")), GET_IDENTITY: (200, UNSIGNED)}),
    "preflight-identity-replaced": Case(
        {
            **THERE,
            **deployed(OURS, held("Identity", "Dkim")),
            RRSET: record_sets(("t1._domainkey.example.com", "CNAME", "t1.dkim.amazonses.com")),
            "cloudformation ListStackResources": (200, MADE_BEFORE),
        }
    ),
    "preflight-record-gone": Case(deployed(RECORDS, held("Dmarc"))),
    "preflight-record-changed": Case(
        {**deployed(RECORDS, held("Dmarc")), RRSET: record_sets((*DMARC[:2], "v=DMARC1; p=reject"))}
    ),
    "preflight-stack-elsewhere": Case(
        {**THERE, OWNER: owner(LEFT), **left(stack(name=LEFT)), TEMPLATE: in_force(held("Identity"))},
        regions=("us-east-1",),
    ),
    "preflight-stack-left": Case({**left(stack(name=LEFT)), TEMPLATE: template()}, regions=("us-east-1",)),
    "preflight-stacks-unknown": Case(left(DENIED), regions=("us-east-1",)),
    "preflight-record-there": Case({RRSET: record_sets(DMARC)}),
    "preflight-zone-full": Case({LIMIT: limit(10_000)}),
    "preflight-mail-from-in-use": Case(records="bounce MX 10 mx.example.net.\n"),
    "preflight-apex-spf": Case(records='@ TXT "v=spf1 mx -all"\n'),
    "preflight-null-mx": Case(records="@ MX 0 .\n"),
    "preflight-unanswered": Case({LIMIT: DENIED}),
}


@pytest.mark.parametrize("rule", PREFLIGHT, ids=attrgetter("id"))
def test_every_rule_has_a_case(rule: Rule[Any], ready: World, dns: Changing, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds there, and no other does."""
    case = CASES[rule.id]
    leave_regions(monkeypatch, *case.regions)
    ready.aws.answers |= case.answers
    dns.world = zones(BARE + case.records)
    for name, text in case.files.items():
        (ready.folder / name).write_text(text)
    exit_code = {Severity.ERROR: 1, Severity.UNKNOWN: 3}.get(rule.severity, 0)
    assert rules(ready) == (exit_code, [rule.id])
