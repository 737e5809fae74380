"""Facts that are kept: what need not be asked for again, and what becomes of the file."""

import asyncio
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.kept_facts import APPLICATION_ID, KeptFacts, StateFileError, open_kept_facts
from mailproof.live.aws.pooled import SesReader
from mailproof.live.aws.ses_facts import IdentityFacts, RegionFacts
from tests.check.world_aws import ACCOUNT as GET_ACCOUNT
from tests.check.world_aws import identity_answer, listed, ses_world
from tests.fake_aws import ACCOUNT, FakeAws, refused

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
REGION = "us-east-1"
DOMAINS = ("a.example", "b.example", "c.example")
GET = f"{REGION} ses GET /v2/email/identities/"


@dataclass
class Region:
    """
    A region of SES that is read again and again.

    Attributes:
        path: Of the state file.
        state: What the world says of the region.
        now: The time.
        delay: How long SES takes for an answer.
        asked: Identities that the last reading asked for.
    """

    path: Path | None
    state: Any = field(default_factory=lambda: {"identities": {domain: {} for domain in DOMAINS}})
    now: datetime = START
    delay: timedelta = timedelta(0)
    asked: list[str] = field(default_factory=list)

    def read(self, *domains: str, doubtful: tuple[str, ...] | None = (), aws: FakeAws | None = None) -> RegionFacts:
        """Read it, and find something about some domains."""
        with open_kept_facts(self.path) as kept:
            return self.read_with(kept, *domains, doubtful=doubtful, aws=aws)

    def read_with(
        self, kept: KeptFacts, *domains: str, doubtful: tuple[str, ...] | None = (), aws: FakeAws | None = None
    ) -> RegionFacts:
        """Read it with facts that are open already."""
        aws = aws or ses_world(self.state)
        client = aws.client("sesv2")
        with ThreadPoolExecutor(1) as pool:
            part = kept.region(ACCOUNT, REGION, lambda: self.now)
            reader = SesReader(lambda: client, pool, part, lambda: self.now - self.delay)
            facts = asyncio.run(reader.read(domains or DOMAINS))
            if doubtful is not None:
                reader.settle(facts.identities, doubtful)
        self.asked = sorted(call.removeprefix(GET) for call in aws.calls if call.startswith(GET))
        return facts

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


@pytest.fixture
def region(tmp_path: Path) -> Region:
    """Three identities that are verified, and no file yet."""
    return Region(tmp_path / "state")


def test_what_is_verified_is_asked_for_once(region: Region) -> None:
    """The facts are the same, and say when they were asked for."""
    first = region.read()
    region.later(hours=1)
    second = region.read()
    assert region.asked == []
    assert second.identities == first.identities
    assert set(second.asked_at.values()) == {START}
    assert second.kept == frozenset(DOMAINS)


@pytest.mark.parametrize("hours", [24, 1000, -1])
def test_what_is_too_old_is_asked_for(region: Region, hours: float) -> None:
    """What was asked in the future, too: by which clock, nobody knows."""
    region.read()
    region.later(hours=hours)
    facts = region.read()
    assert region.asked == list(DOMAINS)
    assert set(facts.asked_at.values()) == {region.now}


@pytest.mark.parametrize(
    "identity",
    [
        identity_answer(VerificationStatus="PENDING"),
        identity_answer({"Status": "TEMPORARY_FAILURE"}),
        identity_answer(MailFromAttributes={"MailFromDomain": "m.b.example", "MailFromDomainStatus": "PENDING"}),
    ],
    ids=["identity", "DKIM", "MAIL FROM"],
)
def test_what_is_not_verified_is_asked_for_each_time(region: Region, identity: dict[str, Any]) -> None:
    """Whichever of its states it is."""
    region.state["identities"]["b.example"] = identity
    region.read()
    region.read()
    assert region.asked == ["b.example"]


def test_what_is_listed_otherwise_than_before_is_asked_for(region: Region) -> None:
    """The list costs one request for a thousand."""
    region.read()
    region.state["identities"]["b.example"] = identity_answer(VerificationStatus="FAILED")
    facts = region.read()
    assert region.asked == ["b.example"]
    assert isinstance(facts.identities["b.example"], IdentityFacts)
    assert facts.identities["b.example"].verification_status == "FAILED"


def test_what_something_was_found_about_is_asked_for_until_nothing_is(region: Region) -> None:
    """Its DNS may be right again, and SES of another opinion than when it was asked."""
    region.read(doubtful=("b.example",))
    region.read()
    assert region.asked == ["b.example"]
    region.read()
    assert region.asked == []


def test_doubt_ends_with_a_check_alone(region: Region) -> None:
    """Whoever asks without a look at DNS, or is interrupted before it, has not found that all is well."""
    region.read(doubtful=("b.example",))
    for _ in range(2):
        region.read(doubtful=None)
        assert region.asked == ["b.example"]
    region.read()
    region.read()
    assert region.asked == []


def test_what_is_gone_is_forgotten(region: Region) -> None:
    """And asked for, since a list may be a little behind."""
    region.read()
    made_again = region.state["identities"].pop("b.example")
    facts = region.read()
    assert region.asked == ["b.example"]
    assert facts.identities["b.example"] == NotFound()
    region.state["identities"]["b.example"] = made_again
    region.read()
    assert region.asked == ["b.example"]


def test_without_the_list_everything_is_asked_for(region: Region) -> None:
    """Nobody can say then what has changed."""
    region.read()
    region.state["faults"] = {"ListEmailIdentities": "access-denied"}
    facts = region.read()
    assert region.asked == list(DOMAINS)
    assert isinstance(facts.addresses, Unanswered)


def test_another_host_is_another_world(region: Region) -> None:
    """What `AWS_ENDPOINT_URL` led to last time says nothing of AWS."""
    region.read()
    with closing(sqlite3.connect(region.path or "")) as file, file:
        file.execute("UPDATE identities SET endpoint = 'http://127.0.0.1:4566'")
    region.read()
    assert region.asked == list(DOMAINS)


def test_no_tag_and_nobody_else_gets_at_the_file(region: Region) -> None:
    """Tags may hold what nobody else is to read."""
    region.state["identities"]["a.example"] = identity_answer(Tags=[{"Key": "owner", "Value": "Mx-Secret"}])
    region.read()
    assert region.path
    assert stat.S_IMODE(region.path.stat().st_mode) == 0o600
    assert b"a.example" in region.path.read_bytes()
    assert b"Secret" not in region.path.read_bytes()


def test_processes_share_a_file(region: Region) -> None:
    """Neither loses what the other has learnt, and an older answer takes no newer one's place."""
    with open_kept_facts(region.path) as one, open_kept_facts(region.path) as other:
        region.read_with(one, "a.example", "b.example")
        region.read_with(other, "c.example")
        region.later(hours=1)
        region.read_with(other, "a.example", doubtful=("a.example",))
        region.read_with(other, "a.example")
        region.delay = timedelta(hours=1)
        region.read_with(one, "a.example", doubtful=("a.example",))
        region.read_with(one, "a.example")
        assert region.asked == ["a.example"]
    region.later(hours=1)
    facts = region.read()
    assert region.asked == []
    assert facts.asked_at == {"a.example": START + timedelta(hours=1), "b.example": START, "c.example": START}


def test_an_interrupt_keeps_what_was_learnt(region: Region) -> None:
    """The same again asks for the rest."""

    def interrupt(_body: str) -> tuple[int, Any]:
        raise KeyboardInterrupt

    aws = ses_world(region.state)
    aws.answers[f"{GET}c.example"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        region.read(aws=aws)
    region.read()
    assert region.asked == ["c.example"]


def test_who_is_killed_loses_no_answer_while_dns_is_asked(region: Region) -> None:
    """What SES has said is in the file before that."""
    with open_kept_facts(region.path) as kept:
        region.read_with(kept, doubtful=None)
        with closing(sqlite3.connect(region.path or "")) as file:
            assert file.execute("SELECT COUNT(*) FROM identities").fetchall() == [(len(DOMAINS),)]


def test_an_error_in_between_leaves_what_is_kept(region: Region) -> None:
    """An identity without an answer this time was verified last time, and is asked for next time."""
    region.read()
    region.later(days=2)
    aws = ses_world(region.state)
    aws.answers[f"{GET}b.example"] = refused("AccessDeniedException")
    facts = region.read(aws=aws, doubtful=("b.example",))
    assert isinstance(facts.identities["b.example"], Unanswered)
    assert "b.example" not in facts.asked_at
    region.read()
    assert region.asked == ["b.example"]


SPOIL = {
    "facts": "UPDATE identities SET facts = ? WHERE name = 'b.example'",
    "asked_at": "UPDATE identities SET asked_at = ? WHERE name = 'b.example'",
}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("facts", "{}"),
        ("facts", "nonsense"),
        ("facts", '{"verification_status": 7}'),
        ("facts", b"\xff"),
        ("asked_at", "yesterday"),
        ("asked_at", "2026-05-01T11:00:00"),
        ("asked_at", 7),
    ],
)
def test_a_row_of_another_version_is_asked_for(region: Region, column: str, value: object) -> None:
    """Nothing is made of what cannot be read, a time of no zone for one."""
    region.read()
    with closing(sqlite3.connect(region.path or "")) as file, file:
        file.execute(SPOIL[column], [value])
    region.read()
    assert region.asked == ["b.example"]


def test_a_clock_that_was_ahead_costs_one_more_question(region: Region) -> None:
    """What was asked then is taken for nothing, and does not stand in the way of what is asked now."""
    region.later(days=365)
    region.read()
    region.later(days=-365)
    region.read()
    assert region.asked == list(DOMAINS)
    region.read()
    assert region.asked == []


def test_a_file_that_another_program_holds_stops_no_reading(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be forgotten is not used."""
    monkeypatch.setattr("mailproof.live.aws.kept_facts.BUSY_S", 0.0)
    region.read()
    del region.state["identities"]["b.example"]
    with open_kept_facts(region.path) as kept, closing(sqlite3.connect(region.path or "")) as other:
        other.execute("BEGIN IMMEDIATE")
        facts = region.read_with(kept)
    assert kept.problem == "database is locked"
    assert facts.identities["b.example"] == NotFound()


def test_a_file_that_breaks_stops_no_reading(region: Region) -> None:
    """It is noted, to be told at the end."""
    with open_kept_facts(region.path) as kept:
        with closing(sqlite3.connect(region.path or "")) as file, file:
            file.execute("DROP TABLE identities")
        facts = region.read_with(kept)
        assert kept.problem is not None
    assert set(facts.identities) == set(DOMAINS)
    assert region.asked == list(DOMAINS)


def _database(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        for statement in statements:
            file.execute(statement)


def _foreign_files(folder: Path) -> Iterator[tuple[Path, str]]:
    text, database, later = (folder / name for name in ("text", "database", "later"))
    text.write_text("mine\n")
    _database(database, "CREATE TABLE mine (a)")
    _database(later, "CREATE TABLE a (a)", f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 2")
    yield text, "is not a state file"
    yield database, "is not a state file"
    yield later, "later version"
    yield folder, "is not a file"
    yield folder / "none" / "state", "No such file or directory"


@pytest.mark.parametrize("number", range(5))
def test_another_file_is_refused_and_left_as_it_is(tmp_path: Path, number: int) -> None:
    """Nothing that is somebody else's is written to."""
    path, words = list(_foreign_files(tmp_path))[number]
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StateFileError, match=words), open_kept_facts(path):
        pass
    assert (path.read_bytes() if path.is_file() else None) == before


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _blot_schema(data: bytes) -> bytes:
    return data.replace(b"CREATE TABLE", b"CREATE TA\x88LE")


def _blot_rows(data: bytes) -> bytes:
    return data[:4096] + b"\xff" * 400 + data[4496:]  # the head of the second page


@pytest.mark.parametrize("damage", [_cut, _blot_schema, _blot_rows])
def test_a_damaged_file_is_refused_and_left_as_it_is(region: Region, damage: Callable[[bytes], bytes]) -> None:
    """It says what to do: a part of what was asked is worth less than to know of it."""
    assert region.path
    region.state = {"identities": {f"d{number}.example": {} for number in range(30)}}
    region.read(*region.state["identities"])
    before = damage(region.path.read_bytes())
    region.path.write_bytes(before)
    with (
        pytest.raises(StateFileError, match=r"is damaged .*; delete it: everything is then asked for again"),
        open_kept_facts(region.path),
    ):
        pass
    assert region.path.read_bytes() == before


def test_an_empty_file_is_taken(region: Region) -> None:
    """As `mktemp` makes them."""
    assert region.path
    region.path.touch()
    region.read()
    region.read()
    assert region.asked == []


class SlowSes:
    """
    SES without a socket that takes one second a request, on a clock of its own.

    Args:
        domains: Its identities, all verified.
    """

    meta = SimpleNamespace(endpoint_url="https://email.example")

    def __init__(self, domains: list[str]) -> None:
        self._domains = domains
        self.seconds = 0

    def get_account(self) -> Any:
        """Answer."""
        self.seconds += 1
        return GET_ACCOUNT

    def list_email_identities(self, **_: Any) -> Any:
        """Answer with one page."""
        self.seconds += 1
        return {"EmailIdentities": list(map(listed, self._domains))}

    def get_email_identity(self, EmailIdentity: str) -> Any:  # noqa: N803 -- as boto3 has it
        """Answer."""
        assert EmailIdentity in self._domains
        self.seconds += 1
        return identity_answer()


def test_a_fleet_under_the_limit_of_ses() -> None:
    """1,000 domains at one request a second: what must be asked, once; then a minute is more than enough."""
    domains = [f"d{number}.example" for number in range(1000)]
    with open_kept_facts(None) as kept:
        for seconds in (1002, 2):
            ses = SlowSes(domains)
            with ThreadPoolExecutor(1) as pool:
                part = kept.region(ACCOUNT, REGION, lambda: START)
                facts = asyncio.run(SesReader(lambda ses=ses: ses, pool, part, lambda: START).read(domains))  # type: ignore[misc]
            assert len(facts.identities) == 1000
            assert ses.seconds == seconds
