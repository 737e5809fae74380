"""Tests of `mailproof address resend`: a mail for each address that lacks its click, and none by itself."""

from pathlib import Path

import pytest

from tests.check.world_aws import identity_answer
from tests.commands.world import World, world
from tests.fake_aws import identity, refused

SEND = "ses VerifyEmailIdentity"
SENT = (200, "<VerifyEmailIdentityResponse><VerifyEmailIdentityResult/></VerifyEmailIdentityResponse>")


def run(world: World, *arguments: str) -> tuple[int, str, list[str]]:
    """Run it; return exit code, what it says, and the mails sent."""
    world.aws.answers[SEND] = SENT
    result = world.run_offline("address", "resend", "prod", *arguments)
    return result.exit_code, result.stderr, [call for call in world.aws.calls if call.endswith(SEND)]


@pytest.mark.parametrize(
    ("state", "expected", "says"),
    [
        ("PENDING", (0, 1), "was PENDING: SES sends its mail"),
        ("FAILED", (0, 1), "was FAILED: SES sends its mail"),
        ("SUCCESS", (0, 0), "is verified already; nothing was sent"),
        (None, (1, 0), "has no identity yet: run `mailproof rollout run prod"),
        ("denied", (3, 0), "AccessDeniedException"),
    ],
)
def test_what_is_sent_follows_from_the_state(
    state: str | None, expected: tuple[int, int], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SES says it now, of the address as it is typed."""
    with world(tmp_path, monkeypatch) as found:
        path = tmp_path / "prod.yaml"
        path.write_text(path.read_text().replace("  mail_from", "  addresses: [Bob]\n  mail_from"))
        answer = refused("AccessDeniedException" if state else "NotFoundException")
        found.aws.answers[identity("Bob@example.com")] = (
            (200, identity_answer(VerificationStatus=state)) if state in {"PENDING", "FAILED", "SUCCESS"} else answer
        )
        code, said, sent = run(found, "Bob@Example.com")
        assert ((code, len(sent)), says in said) == (expected, True)
        assert run(found, "bob@example.com")[0] == 2
