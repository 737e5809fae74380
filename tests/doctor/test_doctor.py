"""`mailproof doctor`: what is there, what is missing and what could not be asked are three things."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import jsonschema
import pytest
from typer.testing import CliRunner, Result

from mailproof.cli import app
from mailproof.doctor.aws import judge_clock, probe_aws
from mailproof.doctor.probe import State
from mailproof.doctor.programs import judge_command_line, probe_library, probe_node
from mailproof.doctor.resolver import probe_dns
from mailproof.live.aws.session import AwsSession
from mailproof.live.transport import parse_server
from tests.check.world_dns import serve
from tests.commands.world import FILE
from tests.fake_aws import ACCOUNT, FakeAws, caller
from tests.fake_aws import serve as serve_aws
from tests.model.reading import read

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
REFUSAL = "<ErrorResponse><Error><Code>{}</Code><Message>no</Message></Error></ErrorResponse>"
CALLER = "sts GetCallerIdentity"


class RootServer:
    """A resolver that knows the root alone."""

    def __init__(self, *, validates: bool = True, over_tcp: bool = True, rcode: int = dns.rcode.NOERROR) -> None:
        self._flags = dns.flags.AD if validates else dns.flags.Flag(0)
        self._over_tcp = over_tcp
        self._rcode = rcode

    def reply(self, wire: bytes, *, over_tcp: bool) -> bytes | None:
        """Answer a query."""
        if over_tcp and not self._over_tcp:
            return None
        response = dns.message.make_response(dns.message.from_wire(wire))
        response.flags |= self._flags
        response.set_rcode(dns.rcode.Rcode(self._rcode))
        return response.to_wire()


class Session(AwsSession):
    """The credentials of an AWS of a table."""

    def __init__(self, aws: FakeAws) -> None:
        super().__init__()
        self._aws = aws

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client of it."""
        return self._aws.client(service, region or "us-east-1")


@pytest.mark.parametrize(
    ("skew", "state"),
    [(timedelta(seconds=3), State.OK), (timedelta(minutes=-2), State.NOTE), (timedelta(minutes=6), State.MISSING)],
)
def test_the_clock_is_compared_with_that_of_aws(skew: timedelta, state: State) -> None:
    """AWS refuses what is signed more than five minutes off, in either direction."""
    assert judge_clock(format_datetime(NOW, usegmt=True), NOW + skew).state == state


def test_a_clock_that_cannot_be_read_is_no_clock_that_is_wrong() -> None:
    """Whoever answered for AWS sent something else."""
    assert judge_clock("soon", NOW).state == State.UNKNOWN


@pytest.mark.parametrize(
    ("known", "written", "state"),
    [("55.5.0", "55.4.0", State.OK), ("54.9.0", "55.0.0", State.MISSING), (None, "55.0.0", State.OK)],
)
def test_a_command_line_older_than_the_library_does_not_fit(known: str | None, written: str, state: State) -> None:
    """It would refuse the assembly; the major version of its schema says so beforehand."""
    assert judge_command_line("2.1.0", known, written).state == state


@pytest.mark.parametrize(
    ("version", "state"),
    [("2.271.0", State.OK), ("2.100.0", State.MISSING), ("3.0.0", State.MISSING), (None, State.NOTE)],
)
def test_the_library_has_to_be_in_the_range(version: str | None, state: State) -> None:
    """The one that the package asks for; where no app is, it need not be there."""
    assert probe_library(version, State.NOTE).state == state


@pytest.mark.parametrize(
    ("said", "state"),
    [("v24.1.0", State.OK), ("v20.1.0", State.NOTE), ("v16.1.0", State.MISSING), ("hello", State.MISSING)],
)
def test_node_is_asked_for_its_version(tmp_path: Path, said: str, state: State) -> None:
    """By running it."""
    program = tmp_path / "node"
    program.write_text(f"#!/bin/sh\necho {said}\n", encoding="utf-8")
    program.chmod(0o755)
    assert probe_node(State.MISSING, str(program)).state == state


@pytest.mark.parametrize(
    ("server", "states"),
    [
        (RootServer(), [State.OK]),
        (RootServer(validates=False), [State.NOTE]),
        (RootServer(over_tcp=False), [State.OK, State.MISSING]),
        (RootServer(rcode=dns.rcode.REFUSED), [State.NOTE]),
    ],
    ids=["validates", "does not", "no TCP", "serves others"],
)
def test_a_resolver_is_asked_over_both(server: RootServer, states: list[State]) -> None:
    """Over UDP and TCP; the flag AD tells that it validates."""
    with serve(server) as address:
        assert [probe.state for probe in probe_dns([parse_server(address)], 2.0)] == states


def test_a_resolver_that_is_silent_is_unknown() -> None:
    """Nobody listens there."""
    [probe] = probe_dns([parse_server("127.0.0.1:9")], 0.2)
    assert (probe.state, probe.fix) == (State.UNKNOWN, "name one that answers: --resolver, or MAILPROOF_RESOLVER")


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (caller(ACCOUNT), State.OK, f"belong to account {ACCOUNT}"),
        (caller("999988887777"), State.MISSING, f"belong to account 999988887777, the environment to {ACCOUNT}"),
        ((403, REFUSAL.format("ExpiredToken")), State.MISSING, "none that can be used: ExpiredToken"),
        ((403, REFUSAL.format("AccessDenied")), State.UNKNOWN, "could not ask AWS: AccessDenied"),
    ],
    ids=["ours", "of another account", "expired", "denied"],
)
def test_whose_the_credentials_are(answer: Any, state: State, words: str) -> None:
    """Compared with the account of each environment; one profile is asked once."""
    aws = FakeAws()
    aws.answers[CALLER] = answer
    environments = [read(FILE, f"environments/{name}.yaml") for name in ("prod", "test")]
    probes = list(probe_aws(environments, {}, lambda _: Session(aws)))
    assert [(probe.subject, probe.state) for probe in probes[:2]] == [
        (f"credentials of {name}", state) for name in ("prod", "test")
    ]
    assert words in probes[0].observed
    assert len(aws.calls) == 1


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """A folder with an environment and no CDK on the PATH, an AWS and a resolver; returns what runs the command."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/prod.yaml").write_text(FILE, encoding="utf-8")
    with serve_aws(FakeAws()) as aws, serve(RootServer()) as address:
        for name, value in {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "a-secret"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        yield lambda *options: CliRunner().invoke(app, ["doctor", "--resolver", address, *options])


def test_all_is_there_where_nothing_is_to_be_deployed(here: Callable[..., Result]) -> None:
    """Without an app the CDK is a note. No key of the credentials is shown; the JSON is as its schema says."""
    result = here("--format", "json")
    assert result.exit_code == 0, result.stdout
    said = json.loads(result.stdout)
    jsonschema.validate(said, json.loads((ROOT / "docs/schemas/doctor.json").read_text(encoding="utf-8")))
    states = {probe["subject"].partition(" 127")[0]: probe["state"] for probe in said["probes"]}
    assert states.pop("cdk") == "note"
    assert states.pop("resolver") == "ok"
    assert set(states) == {
        *("Python", "mailproof", "Node", "aws-cdk-lib", "folder", "environments", "credentials of prod", "clock"),
    }
    assert set(states.values()) == {"ok"}
    assert "a-secret" not in result.stdout + result.stderr


def test_what_is_missing_is_said_with_how_to_get_it(here: Callable[..., Result], tmp_path: Path) -> None:
    """An app needs the CDK; a file that cannot be read is named with line and key."""
    (tmp_path / "app.py").touch()
    (tmp_path / "environments/prod.yaml").write_text(FILE.replace("us-east-1", "us-east-9"), encoding="utf-8")
    result = here()
    assert result.exit_code == 1
    said = " ".join(result.stdout.split())
    assert "missing cdk is not installed fix: npm ci" in said
    assert "missing environments environments/prod.yaml:2: regions[0]: is not a region" in said
    assert f"ok credentials belong to account {ACCOUNT}" in said
