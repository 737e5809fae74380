"""What cannot be read of AWS's answers is unknown: exit code 3, words instead of a traceback, and never a fact."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.world import GET_IDENTITY, World, world

HTML = "<html><head><meta charset=utf-8></head><body>Please log in</body></html>"
BAD = {
    "empty": "",
    "cut": '{"VerificationStatus": "SUC',
    "html": HTML,
    "well-formed html": "<html><body>Please log in</body></html>",
    "null": "null",
    "list": "[]",
    "text": '"yes"',
    "deep": "[" * 5000,
    "without members": "{}",
}
OPERATIONS: dict[str, list[tuple[str, ...]]] = {
    "ses GET /v2/email/account": [("check",), ("wait", "--timeout", "0"), ("preflight",)],
    "ses POST /v2/email/list-identities": [("check",), ("preflight",)],
    GET_IDENTITY: [("check",), ("wait", "--timeout", "0"), ("records",)],
    "route53 GET /2013-04-01/hostedzone/Z0EXAMPLE": [("check",)],
    "cloudformation DescribeStacks": [("rollout", "plan")],
    "ssm GetParameter": [("preflight",)],
    "sts GetCallerIdentity": [("preflight",), ("prune",), ("rollout", "plan")],
}


@pytest.fixture
def healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world in which nothing is wrong."""
    with world(tmp_path, monkeypatch) as found:
        yield found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_cannot_be_read_is_unknown(healthy: World, operation: str) -> None:
    """Every command that asks says so."""
    before = dict(healthy.aws.answers)
    for name, body in BAD.items():
        healthy.aws.answers = {**before, operation: (200, body)}
        for command in OPERATIONS[operation]:
            run = healthy.run_offline if command[0] in {"records", "prune", "rollout"} else healthy.run
            result = run(*command)
            assert result.exception is None or isinstance(result.exception, SystemExit), (name, command)
            said = result.stdout + result.stderr
            assert "cannot be read" in " ".join(said.split()), (name, command, said)
            assert result.exit_code in ({1, 3} if command[0] == "preflight" else {3}), (name, command, said)
