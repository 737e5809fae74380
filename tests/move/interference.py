"""What comes between in a move: a kill, another command, an AWS that refuses; at a call that changes something."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from mailproof.live.aws.session import AwsSession
from tests.fake_aws import forget_clients

CHANGING = frozenset(
    {
        "CreateChangeSet",
        "DeleteStack",
        "ExecuteChangeSet",
        "SetStackPolicy",
        "UpdateTerminationProtection",
    }
)


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


@dataclass
class Interference:
    """
    Counts the calls that change something, and comes between at one of them.

    Attributes:
        at: Which one, counted from 1; 0 lets all pass.
        before: Runs instead of it or before it.
        after: Runs once it is answered.
        count: How many there were.
    """

    at: int = 0
    before: Callable[[str], None] = field(default=lambda _: None)
    after: Callable[[str], None] = field(default=lambda _: None)
    count: int = 0

    def begin(self, at: int, **hooks: Callable[[str], None]) -> None:
        """Come between at a call of the next command."""
        self.at, self.count = at, 0
        self.before, self.after = (hooks.get(name, lambda _: None) for name in ("before", "after"))

    def end(self) -> bool:
        """Let all pass again, and tell whether the call has been reached."""
        was_reached, self.at = self.count >= self.at, 0
        return was_reached

    def on_call(self, operation: str) -> None:
        """Count a call that is about to be made."""
        if operation in CHANGING:
            self.count += 1
            if self.at and self.count >= self.at:
                self.before(operation)

    def on_answer(self, operation: str) -> None:
        """Look at a call that is answered."""
        if self.at and self.count >= self.at:
            self.after(operation)


def interfere(patch: pytest.MonkeyPatch) -> Interference:
    """Come between in every client that is made from now on."""
    made = Interference()
    forget_clients()
    open_session, known = AwsSession.open, dict[int, Any]()

    def hooked(session: AwsSession) -> Any:
        opened = open_session(session)
        if id(opened) not in known:
            known[id(opened)] = opened
            opened.events.register("before-call", lambda model, **_: made.on_call(model.name))
            opened.events.register("after-call", lambda model, **_: made.on_answer(model.name))
        return opened

    patch.setattr(AwsSession, "open", hooked)
    return made


def kill(_: str) -> None:
    """Kill the process."""
    raise Killed


def deny(operation: str) -> None:
    """Answer that it is not allowed."""
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not for you"}}, operation)


def throttle(operation: str) -> None:
    """Answer that there are too many calls."""
    raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, operation)


def cut_off(_: str) -> None:
    """Lose the connection."""
    raise EndpointConnectionError(endpoint_url="https://aws.example")


def half_answer(_: str) -> None:
    """Break off in the middle of the answer."""
    raise ResponseParserError("no closing tag")
