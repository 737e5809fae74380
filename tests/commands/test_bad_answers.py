"""What cannot be read of AWS's answers is unknown: exit code 3, one line each instead of a traceback, never a fact."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import pytest
from typer.testing import Result

from mailproof.template.cloud_assembly import read_assembly
from tests.commands.test_preflight import (
    LIMIT,
    LIST,
    NO_STACK,
    OURS,
    OWNER,
    RRSET,
    STACK,
    TEMPLATE,
    limit,
    owner,
    record_sets,
)
from tests.commands.world import FILE, GET_IDENTITY, World, world
from tests.fake_aws import CALLER, Answer
from tests.few_regions import leave_regions
from tests.rollout.fake_programs import FakePrograms
from tests.rollout.world import synthesise

HTML = "<html>\n<head><meta charset=utf-8></head>\n<body>Please log in</body></html>"
BAD = {
    "empty": "",
    "cut": '{"VerificationStatus": "SUC',
    "html": HTML,
    "well-formed html": "<html>\n<body>Please log in</body></html>",
    "null": "null",
    "list": "[]",
    "text": '"yes"',
    "deep": "[" * 5000,
    "without members": "{}",
    "cut off": ConnectionError(),
}
TELLING = "well-formed html"
WORDS = "cannot be read|ConnectionClosedError|ResponseStreamingError|IncompleteRead"
ACCOUNT_FACTS = "ses GET /v2/email/account"
HOSTED_ZONE = "route53 GET /2013-04-01/hostedzone/Z0EXAMPLE"
INDIVIDUAL = f"{FILE}record_sets: individual\n"
SSM = "ssm GetParameter"
SUMMARY = "cloudformation GetTemplateSummary"
STACKS = "cloudformation ListStacks"
RESOURCES = "cloudformation ListStackResources"
CHECK, WAIT, RECORDS = ("check",), ("wait", "--timeout", "0"), ("records",)
PREFLIGHT, PLAN, PRUNE = ("preflight",), ("rollout", "plan"), ("prune", "--region", "us-east-1")
ADOPT, DIFF = ("adopt", "--plan"), ("rollout", "run", "prod", "--only", "diff")
MOVE, REPAIR, COMPARE = ("move", "prod", "--plan"), ("repair", "prod"), ("zone", "compare", "prod", "example.com")
ASKS_ALL_REGIONS = {PLAN, PRUNE, ADOPT, DIFF, MOVE}
OPERATIONS: dict[str, list[tuple[str, ...]]] = {
    CALLER: [CHECK, WAIT, RECORDS, PREFLIGHT, PRUNE, PLAN, ADOPT, DIFF, MOVE, COMPARE],
    ACCOUNT_FACTS: [CHECK, WAIT, PREFLIGHT],
    LIST: [CHECK, PREFLIGHT, PRUNE],
    GET_IDENTITY: [CHECK, WAIT, RECORDS, PREFLIGHT, ADOPT, REPAIR, COMPARE],
    HOSTED_ZONE: [CHECK, COMPARE],
    RRSET: [PREFLIGHT, ADOPT, REPAIR, COMPARE],
    LIMIT: [PREFLIGHT],
    STACK: [PLAN, PREFLIGHT, ADOPT, DIFF, MOVE, REPAIR],
    TEMPLATE: [PREFLIGHT, DIFF, MOVE, REPAIR],
    SUMMARY: [ADOPT],
    OWNER: [PREFLIGHT],
    STACKS: [PRUNE],
    RESOURCES: [PREFLIGHT, REPAIR],
    SSM: [PREFLIGHT],
}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the world's file."""
    folder = tmp_path_factory.mktemp("bad-answers")
    (folder / "environments").mkdir()
    (folder / "environments" / "prod.yaml").write_text(INDIVIDUAL)
    return synthesise(folder / "environments", folder / "cdk.out")


def cloudformation(assembly: Path) -> dict[str, Answer]:
    """Let the stacks of an assembly be deployed in their region, and none elsewhere."""
    templates = {stack.name: json.dumps(stack.template) for stack in read_assembly(assembly, "prod").values()}

    def describe(body: str) -> tuple[int, str]:
        wanted = parse_qs(body).get("StackName", [*templates])
        member = "<member><StackName>{}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus></member>"
        members = "".join(member.format(name) for name in wanted)
        return 200, f"<R><DescribeStacksResult><Stacks>{members}</Stacks></DescribeStacksResult></R>"

    def get(body: str) -> tuple[int, str]:
        text = escape(templates[parse_qs(body)["StackName"][0]])
        return 200, f"<R><GetTemplateResult><TemplateBody>{text}</TemplateBody></GetTemplateResult></R>"

    def nothing(_: str) -> tuple[int, str]:
        return 200, (
            "<R><ListStacksResult><StackSummaries/></ListStacksResult>"
            "<DescribeStacksResult><Stacks/></DescribeStacksResult></R>"
        )

    def resources(body: str) -> tuple[int, str]:
        made = re.findall(r'"(Dkim([123])\w+)": {', templates[parse_qs(body)["StackName"][0]])
        members = "".join(
            f"<member><LogicalResourceId>{name}</LogicalResourceId><ResourceType>AWS::Route53::RecordSet</ResourceType>"
            f"<PhysicalResourceId>t{number}._domainkey.example.com</PhysicalResourceId></member>"
            for name, number in made
        )
        found = f"<StackResourceSummaries>{members}</StackResourceSummaries>"
        return 200, f"<R><ListStackResourcesResult>{found}</ListStackResourcesResult></R>"

    return {f"us-east-1 {STACK}": describe, TEMPLATE: get, STACK: nothing, STACKS: nothing, RESOURCES: resources}


def identifiers() -> tuple[int, str]:
    """Return an answer of GetTemplateSummary: by what each type is imported."""
    types = {"AWS::SES::EmailIdentity": ["EmailIdentity"], "AWS::Route53::RecordSet": ["HostedZoneId", "Name", "Type"]}
    rows = "".join(
        f"<member><ResourceType>{kind}</ResourceType><ResourceIdentifiers>"
        f"{''.join(f'<member>{name}</member>' for name in names)}</ResourceIdentifiers></member>"
        for kind, names in types.items()
    )
    summaries = f"<ResourceIdentifierSummaries>{rows}</ResourceIdentifierSummaries>"
    return 200, f"<R><GetTemplateSummaryResult>{summaries}</GetTemplateSummaryResult></R>"


def deployed_records() -> tuple[int, str]:
    """Return an answer of ListResourceRecordSets: all that the stacks hold."""
    status, text = record_sets(
        *((f"t{number}._domainkey.example.com", "CNAME", f"t{number}.dkim.amazonses.com") for number in (1, 2, 3)),
        ("bounce.example.com", "MX", "10 feedback-smtp.us-east-1.amazonses.com"),
        ("bounce.example.com", "TXT", '"v=spf1 include:amazonses.com ~all"'),
        ("_dmarc.example.com", "TXT", '"v=DMARC1; p=none"'),
    )
    return status, text.replace("<TTL>300<", "<TTL>1800<")


@pytest.fixture
def healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assembly: Path) -> Iterator[World]:
    """A world in which nothing is wrong, and all is deployed."""
    (tmp_path / "bin").mkdir()
    FakePrograms(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    leave_regions(monkeypatch, "us-east-1", "eu-west-1")
    (tmp_path / "environments").mkdir()
    with world(tmp_path / "environments", monkeypatch) as found:
        (found.folder / "prod.yaml").write_text(INDIVIDUAL)
        found.aws.answers |= {
            **cloudformation(assembly),
            SUMMARY: identifiers(),
            SSM: (200, {"Parameter": {"Value": "29"}}),
            OWNER: owner(OURS),
            RRSET: deployed_records(),
            LIMIT: limit(2),
        }
        yield found


def undeployed(body: str) -> tuple[int, str]:
    """Answer DescribeStacks where there are no stacks."""
    if "StackName" in body:
        return NO_STACK
    return 200, "<R><DescribeStacksResult><Stacks/></DescribeStacksResult></R>"


def run(world: World, assembly: Path, command: tuple[str, ...], **bad: Any) -> Result:
    """Run a command in the world, with some answers of its own; when something is adopted, nothing is deployed yet."""
    before = world.aws.answers
    fresh: dict[str, Answer] = {f"us-east-1 {STACK}": undeployed, OWNER: NO_STACK} if command == ADOPT else {}
    world.aws.answers = {**before, **fresh, **bad}
    try:
        return _run(world, assembly, command)
    finally:
        world.aws.answers = before


def _run(world: World, assembly: Path, command: tuple[str, ...]) -> Result:
    options = ["--assembly", str(assembly)] if command in {ADOPT, DIFF, MOVE} else []
    if command[0] in {"check", "wait", "preflight"}:
        return world.run(*command)
    if command == COMPARE:
        options = ["--resolver", world.address]
    return world.run_offline(*command, *options)


@pytest.mark.parametrize("command", sorted({command for commands in OPERATIONS.values() for command in commands}))
def test_all_is_well_before(healthy: World, assembly: Path, command: tuple[str, ...]) -> None:
    """So that whatever differs below comes from the answer."""
    result = run(healthy, assembly, command)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_cannot_be_read_is_unknown(healthy: World, assembly: Path, operation: str) -> None:
    """Every command that asks says so, in one line, and what to do; one function reads for all: one sees all bodies."""
    thorough = next((command for command in OPERATIONS[operation] if command not in ASKS_ALL_REGIONS), None)
    for name, body in BAD.items():
        bad = body if isinstance(body, Exception) else (200, body)
        for command in OPERATIONS[operation]:
            if command != thorough and name != TELLING:
                continue
            result = run(healthy, assembly, command, **{f"us-east-1 {operation}": bad})
            case = (name, command, result.output)
            assert result.exception is None or isinstance(result.exception, SystemExit), case
            assert result.exit_code == 3, case
            said = [line for line in result.output.splitlines() if re.search(WORDS, line)]
            assert said, case
            assert not any(line.startswith("<") for line in result.output.splitlines()), case
