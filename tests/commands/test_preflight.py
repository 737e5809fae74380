"""Tests of `mailproof preflight`: what stands in the way of a deployment is said before it, and nothing is changed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.check.world_dns import WorldDns
from tests.commands.world import GET_IDENTITY, HOSTED_ZONE, IDENTITY, ZONE, Changing, World, world, zones
from tests.fake_aws import ACCOUNT, CALLER, caller, refused
from tests.few_regions import leave_regions

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


def stack(state: str = "UPDATE_COMPLETE") -> tuple[int, str]:
    """Return an answer of DescribeStacks."""
    member = f"<member><StackName>{RECORDS}</StackName><StackStatus>{state}</StackStatus></member>"
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
    body = form({"Resources": resources}).replace('"', "&quot;")
    return (
        200,
        f"<GetTemplateResponse><GetTemplateResult><TemplateBody>{body}</TemplateBody></GetTemplateResult></GetTemplateResponse>",
    )


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
            LIST: (200, {"EmailIdentities": []}),
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
        LIST: (200, {"EmailIdentities": [{"IdentityName": "example.com"}]}),
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
    body = json.dumps(DEPLOYED).replace('"', "&quot;")
    found = (200, f"<R><GetTemplateResult><TemplateBody>{body}</TemplateBody></GetTemplateResult></R>")
    ready.aws.answers |= {
        STACK: lambda request: stack() if OURS in request else NO_STACK,
        TEMPLATE: found,
        OWNER: owner(OURS),
        LIST: (200, {"EmailIdentities": [{"IdentityName": "example.com"}] if identity else []}),
        RRSET: record_sets(*([record] if record else [])),
    }
    if identity:
        ready.aws.answers[GET_IDENTITY] = (200, identity)
    is_ours = [rule for rule in rules(ready)[1] if rule != "preflight-record-there"]
    assert is_ours == expected
    assert (f"mailproof repair prod --environments {ready.folder}" in fixes(ready)[1]) == bool(expected)


def test_what_was_compared_just_now_is_not_asked_for_again(ready: World) -> None:
    """SES answers one request a second; what stacks hold is read all the same."""
    body = json.dumps(DEPLOYED).replace('"', "&quot;")
    ready.aws.answers |= {
        STACK: lambda request: stack() if OURS in request else NO_STACK,
        TEMPLATE: (200, f"<R><GetTemplateResult><TemplateBody>{body}</TemplateBody></GetTemplateResult></R>"),
        OWNER: owner(OURS),
        LIST: (200, {"EmailIdentities": [{"IdentityName": "example.com"}]}),
        RRSET: record_sets(DMARC),
        GET_IDENTITY: (200, UNSIGNED),
    }
    drifted = rules(ready)[1]
    assert f"us-east-1 {GET_IDENTITY}" in ready.aws.calls
    ready.aws.calls.clear()
    assert rules(ready, "--compared")[1] == [rule for rule in drifted if rule != "preflight-identity-changed"]
    assert f"us-east-1 {GET_IDENTITY}" not in ready.aws.calls


def test_an_identity_made_anew_past_its_stack_is_named(ready: World) -> None:
    """By what CloudFormation made its DKIM records under: all are there, of the tokens that it has now."""
    [token, *_] = IDENTITY["DkimAttributes"]["Tokens"]  # type: ignore[index]
    values = {"HostedZoneId": "Z0EXAMPLE", "Type": "CNAME", "TTL": "300"}
    name = {"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]}
    target = {"Fn::GetAtt": ["Identity", "DkimDNSTokenValue1"]}
    dkim = {"Type": "AWS::Route53::RecordSet", "Properties": {**values, "Name": name, "ResourceRecords": [target]}}
    body = json.dumps({"Resources": {**DEPLOYED["Resources"], "Dkim": dkim}}).replace('"', "&quot;")
    made = (
        "<R><ListStackResourcesResult><StackResourceSummaries><member><LogicalResourceId>Dkim</LogicalResourceId>"
        "<PhysicalResourceId>old._domainkey.example.com.</PhysicalResourceId></member></StackResourceSummaries>"
        "</ListStackResourcesResult></R>"
    )
    ready.aws.answers |= {
        STACK: lambda request: stack() if OURS in request else NO_STACK,
        TEMPLATE: (200, f"<R><GetTemplateResult><TemplateBody>{body}</TemplateBody></GetTemplateResult></R>"),
        OWNER: owner(OURS),
        LIST: (200, {"EmailIdentities": [{"IdentityName": "example.com"}]}),
        GET_IDENTITY: (200, IDENTITY),
        RRSET: record_sets(DMARC, (f"{token}._domainkey.example.com", "CNAME", f"{token}.dkim.amazonses.com")),
        "cloudformation ListStackResources": (200, made),
    }
    found, told = fixes(ready)
    assert [rule for rule in found if rule != "preflight-record-there"] == ["preflight-identity-replaced"]
    assert "mailproof repair prod" in told


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
    ready.aws.answers |= {LIST: (200, {"EmailIdentities": [{"IdentityName": "example.com"}]}), OWNER: found}
    ready.aws.answers[GET_IDENTITY] = (200, identity)
    held, told = fixes(ready)
    assert (held, fix in told) == (["preflight-identity-there"], True)
    assert ("adopt" in told) == (origin == "AWS_SES")


def test_an_identity_that_an_interrupted_move_has_let_go(ready: World) -> None:
    """The same move goes on; nothing tells anybody to delete it."""
    tags = [{"Key": "aws:cloudformation:stack-name", "Value": "mailproof-prod-ses-us-east-1-brand"}]
    ready.aws.answers |= {LIST: (200, {"EmailIdentities": [{"IdentityName": "example.com"}]}), OWNER: NO_STACK}
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
    assert told.startswith("Write `record_sets: individual`, and `mailproof adopt` brings it into the stack.")


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
    ready.aws.answers[LIST] = (200, {"EmailIdentities": [{"IdentityName": "anna@example.com"}]})
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


def test_a_region_that_is_not_enabled(ready: World) -> None:
    """SES refuses credentials that STS knows."""
    refused = (403, {"__type": "UnrecognizedClientException"})
    ready.aws.answers |= {LIST: refused, "ses GET /v2/email/account": refused}
    assert rules(ready) == (1, ["preflight-region-closed"])


def test_credentials_of_another_account(ready: World) -> None:
    """Nothing of that account is looked at."""
    ready.aws.answers[CALLER] = caller("444455556666")
    assert rules(ready) == (1, ["preflight-wrong-account"])
    assert {call.split()[1] for call in ready.aws.calls} == {"sts"}


def test_no_credentials(ready: World) -> None:
    """Nothing is known of AWS; DNS is looked at."""
    ready.aws.answers[CALLER] = DENIED
    assert rules(ready) == (3, ["preflight-no-credentials"])


def test_only_what_is_new_takes_room(ready: World, dns: Changing) -> None:
    """A zone that is as good as full takes another deploy of what is in it; SES tells the names of DKIM."""
    dns.world = zones()
    dkim = [(f"t{number}._domainkey.example.com", "CNAME", f"t{number}.dkim.amazonses.com") for number in (1, 2, 3)]
    status, body = record_sets(*dkim)
    both = body.replace("</ResourceRecordSets>", HELD[1].partition("<ResourceRecordSets>")[2].partition("</R>")[0])
    ready.aws.answers |= {
        LIST: (200, {"EmailIdentities": [{"IdentityName": "example.com"}]}),
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
    ready.aws.answers[LIST] = (200, {"EmailIdentities": [{"IdentityName": f"d{n}.example.net"} for n in range(count)]})
    assert rules(ready) == expected


def test_a_mail_from_name_that_receives_mail(ready: World, dns: Changing) -> None:
    """SES would find a second MX there."""
    dns.world = zones(BARE + "bounce MX 10 mx.example.net.\n")
    assert rules(ready) == (1, ["preflight-mail-from-in-use"])


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


def test_an_account_of_zones_that_cannot_be_reached(ready: World) -> None:
    """Its bootstrap and records are left to whoever may look."""
    text = (
        (ready.folder / "prod.yaml").read_text().replace("{id: Z0EXAMPLE}", '{id: Z0EXAMPLE, account: "999988887777"}')
    )
    (ready.folder / "prod.yaml").write_text(text)
    ready.aws.answers["sts AssumeRole"] = DENIED
    assert rules(ready) == (0, ["preflight-dns-account-closed"])


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
    ready.aws.answers[LIST] = (200, {"EmailIdentities": [{"IdentityName": name} for name in identities]})
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


def test_a_null_mx_is_left_of_a_domain_that_was_parked(ready: World, dns: Changing) -> None:
    """Some receivers refuse its mail."""
    dns.world = zones(f"{BARE}@ MX 0 .\n")
    assert rules(ready) == (0, ["preflight-null-mx"])


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
