"""Which step comes next, from the file alone; the same as long as nothing changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailproof.model.own_key import OwnKey
from mailproof.own_keys.rotation import KEPT, Move, next_step
from tests.model.keys import OTHER_PUBLIC_KEY, PUBLIC_KEY

NOW = datetime(2026, 11, 29, tzinfo=UTC)
REGIONS = ("us-east-1", "eu-west-1")
OLD = OwnKey("old", PUBLIC_KEY, "arn", "v1", REGIONS)
NEW = OwnKey("new", OTHER_PUBLIC_KEY, "arn", "v2")


@pytest.mark.parametrize(("at_once", "moves"), [(False, 2), (True, 1)], ids=["by SES", "by the sender"])
def test_the_steps_lead_from_one_key_to_the_other(moves: int, *, at_once: bool) -> None:
    """Region after region, then out of use, revoked, removed; every region has exactly one key that signs all along."""
    keys: tuple[OwnKey, ...] = (NEW, OLD)
    now, seen = NOW, []
    while (step := next_step(keys, REGIONS, now, at_once=at_once)).move is not Move.BEGIN:
        now = max(now, step.until or now)
        seen.append(step.move)
        keys = step.keys
        assert sorted(region for key in keys for region in key.regions) == sorted(REGIONS)
    assert seen == [*[Move.SWITCH] * moves, Move.UNUSED, Move.REVOKE, Move.REMOVE]
    assert keys == (replace(NEW, regions=REGIONS),)
    assert now - NOW == KEPT


def test_each_step_stands_on_proofs() -> None:
    """A record is live before a region signs with its key, and every region signs with it before the old one goes."""
    first = next_step((NEW, OLD), REGIONS, NOW)
    assert (first.published, first.signing) == ((NEW,), ())
    second = next_step(first.keys, REGIONS, NOW)
    assert ([key.selector for key in second.published], second.signing) == (["new"], ("us-east-1",))
    third = next_step(second.keys, REGIONS, NOW)
    assert (third.move, third.key.selector, third.signing) == (Move.UNUSED, "new", REGIONS)
    fourth = next_step(third.keys, REGIONS, NOW + timedelta(days=1))
    assert (fourth.move, fourth.signing, fourth.until) == (Move.REVOKE, REGIONS, NOW + KEPT)
    fifth = next_step(fourth.keys, REGIONS, NOW + KEPT)
    assert [(key.selector, key.is_revoked) for key in fifth.published] == [("old", True)]


def test_a_region_that_left_the_file_holds_nothing_up() -> None:
    """The old key may still name it."""
    gone = replace(OLD, regions=("ap-south-1",))
    step = next_step((replace(NEW, regions=REGIONS), gone), REGIONS, NOW)
    assert (step.move, step.keys[1].regions) == (Move.UNUSED, ())
