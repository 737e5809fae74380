"""One run: send, wait, and judge what arrived."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailproof.change.errors import CommandError
from mailproof.check.finding import CheckReport, Finding, Severity, missing_words
from mailproof.check.judging import Findings
from mailproof.check.probed import Accepted, ProbedMessage, SeenMessage
from mailproof.check.run import Checker, now
from mailproof.explain.libraries import load
from mailproof.live.asking import asking
from mailproof.probe.inboxes import Inbox
from mailproof.probe.plan import Probe
from mailproof.probe.reading import mark_of, read_message
from mailproof.probe.report import RIGHT, ProbedRow, ProbeReport, build_row
from mailproof.probe.sending import Sender, Sent

POLL_S = 3.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    How to wait for messages.

    Attributes:
        inbox: Where they arrive; None does not wait.
        timeout_s: When to give up.
        now: Tells the time, seconds.
        sleep: Waits, seconds.
    """

    inbox: Inbox | None = None
    timeout_s: float = 300.0
    now: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)


class Run:
    """
    One run.

    Args:
        checker: Has the credentials, and the resolver to ask.
        token: In the subject of every message.
        recipient: Whom they go to.
        say: Tells how it goes on.
    """

    def __init__(self, checker: Checker, token: str, recipient: str, say: Say) -> None:
        self._checker = checker
        self._token = token
        self._recipient = recipient
        self._say = say

    def run(self, probes: Sequence[Probe], checked: CheckReport, waiting: Waiting | None = None) -> ProbeReport:
        """
        Send messages, wait for them, and judge them.

        Args:
            probes: The messages.
            checked: What a check has found of the records.
            waiting: How to wait for them; None does not.

        Raises:
            MailproofError: A region has too few left of a day's messages, an inbox cannot be read, or a library is
                missing.
        """
        waiting = waiting or Waiting()
        if waiting.inbox:
            load("dkim")
            for _ in waiting.inbox.find(self._token):  # what cannot be read is told before anything is sent
                pass
        started = now()
        sender = Sender(self._checker.session, self._token, self._recipient, waiting.sleep)
        sent = dict(zip(probes, sender.send_all(probes), strict=True))
        self._say(f"{sum(isinstance(each, Accepted) for each in sent.values())} of {len(sent)} messages are accepted")
        arrived = self._await(sent, waiting) if waiting.inbox else {}
        outcomes = asyncio.run(self._read(sent, arrived, waiting))
        rows, findings = [], []
        for probe, outcome in outcomes.items():
            records = _by_records(checked, probe)
            message = ProbedMessage(probe.domain, probe.region, probe.sender, outcome, records == RIGHT)
            judged = Findings(probe.environment)
            judged.judge_first(message)
            findings += judged.items
            rows.append(build_row(probe.environment.name, message, records, judged.items))
        return self._report(started, rows, findings)

    def _report(self, started: str, rows: Sequence[ProbedRow], findings: Sequence[Finding]) -> ProbeReport:
        return ProbeReport(
            token=self._token, sent_at=started, recipient=self._recipient, messages=rows, findings=findings
        )

    def _await(self, sent: Mapping[Probe, Sent], waiting: Waiting) -> dict[Probe, bytes]:
        """Look for messages until all are there or the time is up."""
        assert waiting.inbox  # noqa: S101 -- else there is nothing to wait for
        wanted = {probe.mark(self._token): probe for probe, each in sent.items() if isinstance(each, Accepted)}
        arrived: dict[Probe, bytes] = {}
        end_s = waiting.now() + waiting.timeout_s
        while True:
            try:
                for message in waiting.inbox.find(self._token):
                    if probe := wanted.get(mark_of(message)):
                        arrived.setdefault(probe, message)
            except CommandError as err:  # it could be read before; what was sent is not given up for that
                self._say(" ".join(err.lines))
            left_s = end_s - waiting.now()
            if len(arrived) == len(wanted) or left_s <= 0:
                return arrived
            self._say(f"{len(arrived)} of {len(wanted)} messages have arrived, {left_s:.0f} s left")
            waiting.sleep(min(POLL_S, left_s))

    async def _read(
        self, sent: Mapping[Probe, Sent], arrived: Mapping[Probe, bytes], waiting: Waiting
    ) -> dict[Probe, Sent | SeenMessage]:
        waited_s = waiting.timeout_s if waiting.inbox else None
        options = self._checker.options
        with asking(options.resolver, options.budget) as (lookup, _):
            seen = await asyncio.gather(*(read_message(message, lookup) for message in arrived.values()))
        outcomes: dict[Probe, Sent | SeenMessage] = {
            probe: replace(each, waited_s=waited_s) if isinstance(each, Accepted) else each
            for probe, each in sent.items()
        }
        return outcomes | dict(zip(arrived, seen, strict=True))


def _by_records(checked: CheckReport, probe: Probe) -> str:
    """Return what a check has found of a domain in a region: `right`, what SES lacks, or the rules that hold."""
    place = (probe.environment.name, probe.domain.name, probe.region)
    missing = next(
        (missing_words(row) for row in checked.identities if (row.environment, row.domain, row.region) == place), ""
    )
    rules = [
        finding.rule
        for finding in checked.findings
        if finding.severity in {Severity.ERROR, Severity.UNKNOWN}
        and finding.environment == probe.environment.name
        and finding.domain in {None, probe.domain.name}
        and finding.region in {None, probe.region}
    ]
    return missing or ", ".join(dict.fromkeys(rules)) or RIGHT
