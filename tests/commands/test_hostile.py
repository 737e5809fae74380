"""What DNS and AWS answer reaches no terminal, log or file raw: every command, every format."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailproof.check.finding import Severity
from mailproof.export.formats import ExportFormat
from mailproof.report.formats import ReportFormat
from mailproof.report.table import build_table
from mailproof.zones.formats import ComparisonFormat
from tests.commands.test_preflight import record_sets
from tests.commands.world import GET_IDENTITY, IDENTITY, ZONE, World, world, zones
from tests.few_regions import leave_regions
from tests.report.samples import finding, identity, report

ROOT = Path(__file__).parents[2]
IN_XML = "\u0085\u009b2J\u202e\u200b\u2028\r\n::error title=x::y\n ::add-mask::z ##[warning]w ##vso[task.complete]v"
EVIL = f"\x1b]0;pwned\x07\x1b[2J\x08\x00\x7f{IN_XML}"
IN_ZONE = r"\027]0;pwned\007\013\010::error::x\010 ##[warning]w ##vso[task.complete]v\127\194\155\226\128\174 \255\254"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
OBEYED = re.compile(r"(?m)^\s*::|##\w*\[")
EVIL_ZONE = ZONE.replace("v=spf1 include:amazonses.com ~all", f"v=spf1 {IN_ZONE} include:amazonses.com ~all").replace(
    "v=DMARC1; p=none", f"v=DMARC1; p={IN_ZONE}"
)
EVIL_IDENTITY = IDENTITY | {
    "VerificationStatus": EVIL,
    "VerificationInfo": {"ErrorType": EVIL},
    "ConfigurationSetName": EVIL,
    "DkimAttributes": {"Status": EVIL, "Tokens": [EVIL, "t2", "t3"], "SigningHostedZone": EVIL},
    "MailFromAttributes": {"MailFromDomain": EVIL, "MailFromDomainStatus": EVIL},
}
REFUSED = (403, {"__type": "AccessDeniedException", "message": EVIL})
XML_REFUSED = (
    403,
    f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{IN_XML}</Message></Error></ErrorResponse>",
)
XML_OPERATIONS = [
    *(f"cloudformation {name}" for name in ("ListStacks", "DescribeStacks", "DescribeStackResources", "GetTemplate")),
    *(f"route53 GET /2013-04-01/hostedzone{rest}" for rest in ("", "/Z0EXAMPLE/rrset")),
    "route53 GET /2013-04-01/hostedzonelimit/Z0EXAMPLE/MAX_RRSETS_BY_ZONE",
]
COMMANDS = [
    *(("check", "--format", form) for form in ReportFormat),
    ("wait", "--timeout", "0"),
    ("preflight",),  # its formats are those of the check, and all of them are written to files
]
WITHOUT_RESOLVER = [
    *(("records", "--format", form) for form in ExportFormat),
    *(("export", form) for form in ExportFormat if form.suffixes),
    ("prune",),
    ("repair", "prod"),
    ("rollout", "plan"),
    ("rollout", "plan", "--format", "json"),
]


def is_harmless(text: str) -> bool:
    """Tell whether every sign can be seen and no line is obeyed; CSV may end its lines with CR LF."""
    lines = text.split("\n")
    return not OBEYED.search(text) and all(line.removesuffix("\r").isprintable() for line in lines)


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world whose DNS and SES answer with what terminals and CI systems obey."""
    leave_regions(monkeypatch, "us-east-1", "eu-west-1")
    with world(tmp_path, monkeypatch, zones(EVIL_ZONE)) as found:
        answers = found.aws.answers
        answers |= dict.fromkeys(XML_OPERATIONS, XML_REFUSED)
        if request.param == "facts":
            answers[GET_IDENTITY] = (200, EVIL_IDENTITY)
        else:
            answers |= {key: REFUSED for key in answers if key.startswith("ses ")}
            answers |= {key: XML_REFUSED for key in answers if key.startswith("route53 ")}
        yield found


@pytest.mark.parametrize("hostile", ["facts", "refusals"], indirect=True)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_reports_show_what_others_wrote_and_obey_nothing(
    hostile: World, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """On the screen and in a file of each format."""
    files = [tmp_path / f"report{suffix}" for form in ReportFormat for suffix in form.suffixes or (".txt",)]
    result = hostile.run(*command, *(part for file in files for part in ("--output", str(file))))
    assert result.exit_code in {1, 3}
    assert [text for text in (result.stdout, result.stderr) if not is_harmless(text)] == []
    assert [file.name for file in files if not is_harmless(file.read_text(encoding="utf-8"))] == []
    assert "task.complete" in result.stdout


@pytest.mark.parametrize("hostile", ["facts", "refusals"], indirect=True)
@pytest.mark.parametrize("command", WITHOUT_RESOLVER, ids=" ".join)
def test_lists_show_what_others_wrote_and_obey_nothing(hostile: World, command: tuple[str, ...]) -> None:
    """Records, what is left behind, a plan."""
    result = hostile.run_offline(*command)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.exit_code in {0, 1, 3}
    assert [text for text in (result.stdout, result.stderr) if not is_harmless(text)] == []


@pytest.mark.parametrize("hostile", ["facts"], indirect=True)
@pytest.mark.parametrize("form", ComparisonFormat)
def test_a_comparison_shows_what_both_zones_hold_and_obeys_nothing(hostile: World, form: ComparisonFormat) -> None:
    """Answers of DNS beside the records of a hosted zone."""
    hostile.aws.answers["route53 GET /2013-04-01/hostedzone/Z0EXAMPLE/rrset"] = record_sets(
        ("_dmarc.example.com", "TXT", f'"{IN_XML}"')
    )
    place = ("--resolver", hostile.address, "--format", form.value)
    result = hostile.run_offline("zone", "compare", "prod", "example.com", *place)
    assert result.exit_code in {1, 3}, result.output
    assert [text for text in (result.stdout, result.stderr) if not is_harmless(text)] == []
    assert "task.complete" in result.stdout


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=30)
@given(st.text() | st.just(EVIL))
def test_no_format_of_a_report_holds_a_text_raw(text: str) -> None:
    """Whatever a rule, or SES, puts into it, and however wide the terminal."""
    parts = dict.fromkeys(("domain", "name", "expected", "observed", "fix", "source"), text)
    made = report([identity(identity=text, dkim=text)], finding("dns-unanswered", Severity.UNKNOWN, **parts))
    assert [form for form in ReportFormat if not is_harmless(form.build(made))] == []
    assert is_harmless(COLOURS.sub("", build_table(made, width=40, color=True)).replace("::", ""))


WRITES = re.compile(r"print\(|echo\(|\.write\(")  # most modules need not be parsed


def test_nothing_writes_past_the_one_place() -> None:
    """Commands write by `say` and `show`, which let nothing through; no other module has a stream to write to."""
    writers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "mailproof").rglob("*.py")
        if WRITES.search(text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write"}
    }
    assert writers == {
        "mailproof/change/say.py",
        "mailproof/change/consent.py",  # a question, on a terminal
        "mailproof/reference/__main__.py",  # the names of its own files
    }


NO_NAMES = [
    "",
    "a b",
    "x\n@ IN NS evil.test.",
    "=1+1",
    'a"b',
    "a..b",
    "a" * 64,
    "${file}",
    "a\\010b",
    "a;b",
    "-a",
    "a,b",
    "'",
]


@pytest.mark.parametrize("form", [form for form in ExportFormat if form.suffixes])
@pytest.mark.parametrize("part", ["Tokens", "SigningHostedZone"])
def test_what_is_no_name_enters_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: ExportFormat, part: str
) -> None:
    """
    The records of such an identity are not known: exit code 3, and no file unless it is asked for.

    What is refused is refused where the answer is read, before there is a format: one sees every name, the others some.
    """
    names = NO_NAMES if form is ExportFormat.ZONE else NO_NAMES[1::6]
    easy: Any = IDENTITY["DkimAttributes"]
    with world(tmp_path, monkeypatch) as found:
        for name in filter(None, names) if part == "SigningHostedZone" else names:
            dkim = easy | {part: [name, "t2", "t3"] if part == "Tokens" else name}
            found.aws.answers[GET_IDENTITY] = (200, IDENTITY | {"DkimAttributes": dkim})
            result = found.run_offline("export", form, "--output", str(tmp_path / "out"))
            assert (result.exit_code, "an answer that cannot be read" in result.stderr) == (3, True), name
            assert not (tmp_path / "out").exists()
            shown = found.run_offline("export", form).stdout
            assert form is ExportFormat.JSON or "_domainkey" not in shown
