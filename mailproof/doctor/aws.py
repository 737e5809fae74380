"""The credentials: whose they are, and what the clock of AWS says of that of this machine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from mailproof.doctor.probe import Probe, State
from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import fetch_account
from mailproof.live.aws.remedies import NO_CREDENTIALS, could_not_ask, remedy
from mailproof.live.aws.session import AwsSession, profile_of
from mailproof.model.environment import Environment

ALLOWED_SKEW = timedelta(minutes=5)  # AWS refuses what is signed further off
NOTED_SKEW = timedelta(minutes=1)
HOME = "us-east-1"


def probe_aws(
    environments: Sequence[Environment],
    profiles: Mapping[str, str],
    open_session: Callable[[str | None], AwsSession],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Probe]:
    """
    Ask whose the credentials of each environment are; without environments, whose those at hand are.

    Args:
        environments: Each has an account.
        profiles: Environment name to profile; the empty name stands for all others.
        open_session: Opens the credentials of a profile.
        now: What the clock of this machine says.
    """
    clock: Probe | None = None
    asked: dict[str | None, str | Unanswered] = {}
    regions = {profile_of(profiles, each.name): each.regions[0] for each in environments} or {
        profile_of(profiles, ""): HOME
    }
    for profile, region in regions.items():
        session = open_session(profile)
        told: list[str] = []
        asked[profile] = fetch_account(lambda s=session, r=region, t=told: _watched(s.client("sts", r), t))  # type: ignore[misc]
        clock = clock or (judge_clock(told[0], now()) if told else None)
    if not environments:
        yield _judge("credentials", asked[profile_of(profiles, "")], None, HOME)
    for environment in environments:
        found = asked[profile_of(profiles, environment.name)]
        yield _judge(f"credentials of {environment.name}", found, environment.account, environment.regions[0])
    yield clock or Probe("clock", State.UNKNOWN, "not compared: AWS, whose clock is the reference, was not reached")


def _judge(subject: str, found: str | Unanswered, wanted: str | None, region: str) -> Probe:
    if isinstance(found, Unanswered):
        if found.reason in NO_CREDENTIALS:
            return Probe(subject, State.MISSING, f"none that can be used: {found}", remedy(found))
        return Probe(subject, State.UNKNOWN, could_not_ask("AWS", found, region))
    if wanted is None or found == wanted:
        return Probe(subject, State.OK, f"belong to account {found}")
    fix = f"log in to {wanted}, or name a profile: --profile NAME, or ENVIRONMENT=NAME"
    return Probe(subject, State.MISSING, f"belong to account {found}, the environment to {wanted}", fix)


def judge_clock(date: str, now: datetime) -> Probe:
    """
    Compare the clock of this machine with that of AWS.

    Args:
        date: The header `Date` of an answer.
        now: What this machine says.
    """
    try:
        skew = abs(now - parsedate_to_datetime(date))
    except (TypeError, ValueError):
        return Probe("clock", State.UNKNOWN, "the answer of AWS has no time that can be read")
    words = f"{skew.total_seconds():.0f} s off that of AWS"
    if skew > ALLOWED_SKEW:
        return Probe(
            "clock",
            State.MISSING,
            f"{words}; AWS refuses requests signed with such a clock",
            "set the clock: timedatectl set-ntp true",
        )
    return Probe("clock", State.NOTE if skew > NOTED_SKEW else State.OK, words)


def _watched(client: Any, told: list[str]) -> Any:
    """Return a client whose answers leave their time behind, refusals as well."""

    def note(response_dict: Mapping[str, Any] | None = None, **_: Any) -> None:
        if response_dict and (date := response_dict["headers"].get("date")):
            told.append(date)

    client.meta.events.register("response-received.sts", note)
    return client
