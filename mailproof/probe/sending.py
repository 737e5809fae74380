"""Hand messages to SES, as many a second as each region of each account takes."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mailproof.change.errors import CommandError
from mailproof.check.probed import Accepted, Refusal
from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.members import required
from mailproof.live.aws.ses import fetch_send_quota, send_message
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.model.errors import MailproofError
from mailproof.probe.plan import SIMULATOR, Probe

REFUSALS = frozenset(
    {
        "AccountSuspendedException",
        "BadRequestException",
        "LimitExceededException",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
        "SendingPausedException",
    }
)
"""Errors of SendEmail that are about the message or its sender, not about who asks."""
THREADS = 8

Sent = Accepted | Refusal | Unanswered


@dataclass(frozen=True, slots=True)
class Quota:
    """
    What SES lets an account send from a region.

    Attributes:
        rate: Messages a second.
        left: Messages that are left of those of 24 hours; None if there is no limit.
    """

    rate: float
    left: float | None


class Sender:
    """
    Sends the messages of a run.

    Args:
        session: Returns the credentials of an environment.
        token: Of the run.
        recipient: Whom all go to.
        sleep: Waits, seconds.
    """

    def __init__(
        self,
        session: Callable[[str], AwsSession],
        token: str,
        recipient: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = session
        self._token = token
        self._recipient = recipient
        self._sleep = sleep

    def send_all(self, probes: Sequence[Probe]) -> list[Sent]:
        """
        Send messages, the regions beside each other; return what became of each, in their order.

        Raises:
            CommandError: A region has too few left of those of 24 hours; then nothing was sent.
        """
        places: dict[tuple[str, str], list[Probe]] = defaultdict(list)
        for probe in probes:
            places[probe.environment.name, probe.region].append(probe)
        with ThreadPoolExecutor(THREADS) as pool:
            quotas = dict(zip(places, pool.map(lambda place: self._fetch_quota(*place), places), strict=True))
            _check_left(places, quotas)
            results = pool.map(lambda place: self._send_from(places[place], quotas[place]), places)
            by_number = {probe.number: sent for each in results for probe, sent in each}
        return [by_number[probe.number] for probe in probes]

    def _fetch_quota(self, environment: str, region: str) -> Quota | Unanswered:
        def fetch() -> Quota:
            quota = fetch_send_quota(self._session(environment).client("sesv2", region))
            most, rate = required(quota, "Max24HourSend", float), required(quota, "MaxSendRate", float)
            return Quota(max(rate, 1.0), None if most < 0 else most - required(quota, "SentLast24Hours", float))

        answer = ask_aws(fetch)
        return Unanswered("NotFoundException") if isinstance(answer, NotFound) else answer

    def _send_from(self, probes: Sequence[Probe], quota: Quota | Unanswered) -> list[tuple[Probe, Sent]]:
        if isinstance(quota, Unanswered):
            return [(probe, quota) for probe in probes]
        done: list[tuple[Probe, Sent]] = []
        for probe in probes:
            if done:
                self._sleep(1 / quota.rate)
            done.append((probe, self._send(probe)))
        return done

    def _send(self, probe: Probe) -> Sent:
        session = self._session(probe.environment.name)
        client = session.client("sesv2", probe.region)
        try:
            content = self._content(probe, session, client)
        except MailproofError as err:  # a message of the sender's own signature that SES would spoil
            return Refusal("not signed", " ".join(err.lines))
        answer: AwsAnswer[str]
        if isinstance(content, Unanswered | NotFound):
            answer = content
        else:
            answer = ask_aws(lambda: send_message(client, probe.sender, self._recipient, content))
        if isinstance(answer, NotFound):
            return Refusal("NotFoundException", "SES has no such identity or configuration set")
        if isinstance(answer, Unanswered) and answer.reason in REFUSALS:
            return Refusal(answer.reason, answer.detail)
        return answer if isinstance(answer, Unanswered) else Accepted(answer)

    def _content(self, probe: Probe, session: AwsSession, client: Any) -> AwsAnswer[dict[str, Any]]:
        """Write what SES is given; signing itself is outside of what asks AWS, whose answer it does not judge."""
        if probe.domain.signing.is_signed_by_ses or self._recipient == SIMULATOR:  # which verifies nothing
            return {"Simple": probe.content(self._token)}
        from mailproof.signature import fetch_sending, fetch_signing_key, sign  # noqa: PLC0415 -- of an extra

        secrets, name = session.client("secretsmanager", probe.region), probe.domain.name
        key = ask_aws(lambda: fetch_signing_key(secrets, probe.environment, name, probe.region))
        if isinstance(key, Unanswered | NotFound):
            return key
        sending = ask_aws(lambda: fetch_sending(client, name))
        if isinstance(sending, Unanswered | NotFound):
            return sending
        return {"Raw": {"Data": sign(probe.write(self._token, self._recipient), key, sending)}}


def _check_left(places: dict[tuple[str, str], list[Probe]], quotas: dict[tuple[str, str], Quota | Unanswered]) -> None:
    short = [
        f"{environment}, {region}: {len(probes)} messages, and SES takes {quota.left:.0f} more in these 24 hours"
        for (environment, region), probes in places.items()
        if isinstance(quota := quotas[environment, region], Quota)
        and quota.left is not None
        and quota.left < len(probes)
    ]
    if short:
        raise CommandError([*short, "nothing was sent; choose fewer with --domain and --region, or wait"])
