"""The last lines of a rollout: what stays behind, how long it took, and the command that is next."""

from dataclasses import replace

import pytest

from mailproof.check.orphaned_stacks import OrphanedStack
from mailproof.live.aws.stacks import Undeleted
from mailproof.model.environment import Environment
from mailproof.model.record_kind import DKIM, DMARC, KINDS, MAIL_FROM_MX, MAIL_FROM_SPF, PARKING, RecordKind
from mailproof.model.resource_types import IDENTITY, RECORD_SET
from mailproof.rollout.checks import Way
from mailproof.rollout.closing import (
    Staying,
    closing_lines,
    format_duration,
    in_left_zones,
    let_go,
    next_command,
    tidying_command,
    zone_lines,
)
from mailproof.rollout.phase import Phase
from mailproof.template.losses import Fate, Loss

MOVE = ("mailproof", "move", "brand")
PRUNE = ("mailproof", "prune", "--environment", "prod", "--remove")


def _stack(*domains: str) -> OrphanedStack:
    return OrphanedStack("prod", "eu-west-1", "mailproof-prod-ses-eu-west-1", domains, is_whole=True, todo="do this")


def _loss(fate: Fate, *domains: str) -> Loss:
    words = tuple(f"identity {domain!r}" for domain in domains)
    return Loss("prod/ses-us-east-1", "Id", fate, words, frozenset(domains), frozenset(domains))


def test_what_stays_behind_is_said() -> None:
    """What was retained, and stacks; not what is deleted."""
    losses = [_loss(Fate.RETAINED, "a.example"), _loss(Fate.DELETED, "b.example")]
    assert list(Staying(losses, [_stack("c.example")]).lines()) == [
        "stays behind, in no stack: identity 'a.example'",
        f"stays behind: {_stack('c.example')}",
    ]


def test_what_another_stack_is_to_hold_does_not_stay_behind() -> None:
    """It was let go before it was moved: it is in no stack, and the move is next, not what removes things."""
    losses = [_loss(Fate.RETAINED, "a.example"), _loss(Fate.DELETED, "b.example")]
    assert list(let_go(losses, {losses[0].switch: Way("it is wanted there", MOVE)})) == [
        "stays live, in no stack: identity 'a.example'; it is wanted there"
    ]


def test_records_in_a_zone_that_the_files_have_left_are_a_persons_to_delete() -> None:
    """The world may ask it still; a zone that is left with its last domain is for `prune`."""
    records = [
        Loss("prod/dns", name, Fate.RETAINED, (f"TXT record {name!r} in zone {zone}",), zones=frozenset([zone]))
        for name, zone in (("a", "ZOLD"), ("b", "ZOLD"), ("c", "ZKEPT"))
    ]
    [line] = zone_lines(in_left_zones(records, {"ZKEPT"}))
    words = "TXT record 'a' in zone ZOLD, TXT record 'b' in zone ZOLD"
    assert line == f"stays in hosted zone ZOLD until you delete that, once no resolver asks it any more: {words}"
    assert in_left_zones([*records, _loss(Fate.RETAINED, "a.example")], {"ZKEPT"}) == []


@pytest.mark.parametrize(("domains", "more"), [(4, ()), (5, ("--max-removals", "6"))])
def test_the_command_that_removes_it_works_as_it_stands(domains: int, more: tuple[str, ...]) -> None:
    """With the limit that it needs."""
    stacks = [_stack(*(f"d{number}.example" for number in range(domains)))]
    losses = [_loss(Fate.RETAINED, "a.example"), _loss(Fate.DELETED, "b.example")]
    count = Staying(losses, stacks).for_prune(())
    assert count == domains + 1
    assert tidying_command(PRUNE, count) == (*PRUNE, *more)


def _record(kind: RecordKind, name: str, token_number: int | None = None) -> Loss:
    words = (f"record {name!r} in zone Z1",)
    return Loss("prod/dns", kind.record_set_id(name, token_number), Fate.RETAINED, words, frozenset([name]))


@pytest.mark.parametrize("kind", KINDS, ids=[kind.id for kind in KINDS])
def test_a_record_of_every_kind_is_named_by_both(kind: RecordKind) -> None:
    """What `prune` does not remove is a person's to delete, with its domain or without."""
    record, identity = _record(kind, "_x.a.example"), _loss(Fate.RETAINED, "a.example")
    goes_with_identity = kind in {DKIM, MAIL_FROM_MX, MAIL_FROM_SPF}
    for losses, goes in (([record], kind in PARKING), ([record, identity], kind in PARKING or goes_with_identity)):
        line = next(Staying(losses).lines())
        assert line.startswith("stays behind, in no stack: record '_x.a.example' in zone Z1")
        assert ("delete it by hand" in line) is not goes
        assert Staying(losses).for_prune(()) == len(losses) - 1


def test_a_key_is_not_to_be_deleted_while_mail_is_under_way() -> None:
    """One of its own, or of SES."""
    for record in (_record(DKIM, "mp1._domainkey.a.example"), _record(DKIM, "a.example", 2)):
        [line] = Staying([record]).lines()
        assert line.endswith("; delete it by hand a week after the last mail was signed with it")


def test_prune_is_next_only_if_it_finds_something() -> None:
    """Not for an identity that the file has elsewhere, nor its records; for what could not be deleted."""
    dmarc, identity = _record(DMARC, "_dmarc.a.example"), _loss(Fate.RETAINED, "a.example")
    assert Staying([dmarc, identity]).for_prune({"a.example"}) is None
    assert Staying([dmarc, identity]).for_prune({"b.example"}) == 1
    assert Staying([replace(dmarc, fate=Fate.DELETED)]).for_prune(()) is None
    undeleted = [Undeleted(kind, "a.example", "us-east-1", "why") for kind in (IDENTITY, RECORD_SET)]
    assert Staying(undeleted=undeleted).for_prune(()) == 1
    assert Staying(undeleted=undeleted[1:]).for_prune(()) is None


RUN = ("mailproof", "rollout", "run")


@pytest.mark.parametrize(
    ("name", "wave", "phase", "command"),
    [
        ("dev", None, None, (*RUN, "prod")),
        ("prod", None, None, ("mailproof", "check", "--environment", "prod")),
        ("prod", 1, None, (*RUN, "prod", "--wave", "2")),
        ("prod", 2, None, ("mailproof", "check", "--environment", "prod")),
        ("prod", None, Phase.DIFF, (*RUN, "prod")),
        ("prod", 2, Phase.DIFF, (*RUN, "prod", "--wave", "2")),
        ("prod", 1, Phase.DEPLOY, (*RUN, "prod", "--wave", "1", "--only", "gate")),
        ("prod", 1, Phase.GATE, (*RUN, "prod", "--wave", "2")),
    ],
)
def test_the_next_command(
    environments: list[Environment], name: str, wave: int | None, phase: Phase | None, command: tuple[str, ...]
) -> None:
    """The next part, wave or environment; after the last of all, the check."""
    [environment] = [found for found in environments if found.name == name]
    assert next_command(environment, environments, 2, wave, phase) == command


def test_the_last_line_has_time_and_command() -> None:
    """After what stays behind."""
    lines = list(closing_lines("prod", ["left"], 185.4, PRUNE))
    assert lines == ["left", f"prod: done in 3 min 5 s; next: {' '.join(PRUNE)}"]
    assert format_duration(59.4) == "59 s"
