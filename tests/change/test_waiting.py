"""Waiting for CloudFormation ends: what it never shows as done is told after an hour, as what could not be asked."""

from dataclasses import replace

import pytest

from mailproof.change import rest, stack_update
from mailproof.change.errors import CommandError
from mailproof.change.stack_update import StackUpdater
from tests.change.live import LiveStack
from tests.localaws.world import World, record_set

LOOKS = 3


@pytest.fixture
def stack(world: World, monkeypatch: pytest.MonkeyPatch) -> LiveStack:
    """A stack of two records, and an hour of a few looks."""
    monkeypatch.setattr(rest, "LOOKS_LIMIT", LOOKS)
    names = {"First": f"first.{world.zone}", "Second": f"second.{world.zone}"}
    world.deploy({key: record_set(world.zone_id, name, "TXT", '"text"') for key, name in names.items()})
    return LiveStack(world)


def _updater(stack: LiveStack) -> StackUpdater:
    """Return an updater that fails the test where it waits on and on."""
    pauses = [None] * LOOKS * 2
    return replace(stack.updater, sleep=lambda _: pauses.pop())


def _told(caught: pytest.ExceptionInfo[CommandError]) -> str:
    assert caught.value.exit_code == 3
    assert caught.value.lines[-1] == "CloudFormation goes on by itself: run the same command again later"
    return caught.value.lines[0]


def test_a_stack_that_does_not_go_is_told(stack: LiveStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its state, and the command that shows its events."""
    monkeypatch.setattr(stack_update, "delete_stack", lambda *_: None)
    with pytest.raises(CommandError) as caught:
        _updater(stack).delete(stack.handle, stack.template)
    told = _told(caught)
    assert told.startswith("prod/mail: was to be deleted, and is still in CREATE_COMPLETE; look at its events")
    assert told.endswith("describe-stack-events --region us-east-1 --stack-name stack")


def test_an_update_that_never_ends_is_not_taken_for_done(stack: LiveStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the stack is at rest."""
    monkeypatch.setattr(stack_update, "execute_change_set", lambda *_: None)
    before = stack.template
    after = {**before, "Resources": {"First": before["Resources"]["First"]}}
    with pytest.raises(CommandError) as caught:
        _updater(stack).update(stack.handle, before, after)
    assert "does not carry out the change set" in _told(caught)
    assert stack.template == before
