"""
The next step to enforcement: taken, held or not known yet, by what reports say.

Nothing here reads the clock, DNS or AWS: the same reports give the same answer at the same hour.

Source: RFC 9989, "Domain Owner Actions"; the bulk sender rules of large receivers ask for no more than `none`
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mailproof.dmarc.aggregate import Report
from mailproof.dmarc.sources import DomainReports, Ours, Source, SourceKind, by_domain, unnamed
from mailproof.model.dmarc import Dmarc, DmarcPolicy, DmarcStage, build_dmarc
from mailproof.model.names import dmarc_name

STAGES = tuple(DmarcStage)


class Verdict(StrEnum):
    """Whether the next step may be taken."""

    ADVANCE = "advance"
    HOLD = "hold"
    """Mail that is not aligned would be lost."""
    NOT_ENOUGH = "not enough evidence"
    DONE = "done"
    """There is no next step."""


@dataclass(frozen=True, slots=True)
class Demands:
    """
    What evidence has to be.

    Attributes:
        window_days: Reports of so many days before now count.
        days: So many of them have to be covered.
        receivers: So many organisations have to have reported.
        age_days: The youngest report may be so old.
        volume: A sender counts from so many messages.
    """

    window_days: int = 30
    days: int = 14
    receivers: int = 2
    age_days: int = 3
    volume: int = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A domain whose record is in a file.

    Attributes:
        domain: It.
        environment: Whose file has it.
        dmarc: The record.
    """

    domain: str
    environment: str
    dmarc: Dmarc


@dataclass(frozen=True, slots=True)
class Step:
    """
    The answer for one domain.

    Attributes:
        domain: The domain.
        environment: Whose file has it.
        verdict: The answer.
        reasons: Why, one thing per line.
        stage: Where it is.
        following: The next stage; None if there is none.
        before: The record of the file.
        after: The record of the next stage; the same if there is none.
        evidence: The reports that counted.
        small: Messages that are not aligned, of senders too small to count.
    """

    domain: str
    environment: str
    verdict: Verdict
    reasons: tuple[str, ...]
    stage: DmarcStage
    following: DmarcStage | None
    before: str
    after: str
    evidence: DomainReports
    small: int = 0

    @property
    def name(self) -> str:
        """Name of the record."""
        return dmarc_name(self.domain)


def following_stage(stage: DmarcStage) -> DmarcStage | None:
    """Return the next stage; None behind the last."""
    position = STAGES.index(stage) + 1
    return STAGES[position] if position < len(STAGES) else None


def at_stage(dmarc: Dmarc, stage: DmarcStage) -> Dmarc:
    """Return the same record at another stage."""
    return replace(dmarc, policy=stage.policy, testing=stage.testing)


def next_step(candidate: Candidate, reports: Sequence[Report], ours: Ours, now: datetime, demands: Demands) -> Step:
    """
    Answer whether a domain may take the next step.

    Args:
        candidate: The domain.
        reports: All that were read.
        ours: What mail of ours is known by.
        now: The time.
        demands: What evidence has to be.
    """
    domain, dmarc = candidate.domain, candidate.dmarc
    about = [report for report in reports if report.domain == domain]
    recent = [report for report in about if _is_recent(report, now, demands)]
    counted = [report for report in recent if _is_of(report, dmarc)]
    evidence = next(iter(by_domain(counted, ours)), DomainReports(domain, (), ()))
    blocking = tuple(source for source in unnamed(evidence.sources) if source.unaligned >= demands.volume)
    small = sum(source.unaligned for source in unnamed(evidence.sources)) - sum(s.unaligned for s in blocking)
    following = following_stage(dmarc.stage)
    verdict, reasons = Verdict.DONE, ["the last stage is in the file"]
    if following:
        missing = list(_missing(evidence, len(recent) - len(counted), dmarc, now, demands))
        held = [_held(source) for source in blocking]
        verdict = Verdict.HOLD if held else Verdict.NOT_ENOUGH if missing else Verdict.ADVANCE
        reasons = [*held, *missing]
    return Step(
        domain=domain,
        environment=candidate.environment,
        verdict=verdict,
        reasons=tuple(reasons),
        stage=dmarc.stage,
        following=following,
        before=build_dmarc(dmarc),
        after=build_dmarc(at_stage(dmarc, following or dmarc.stage)),
        evidence=evidence,
        small=small,
    )


def _is_recent(report: Report, now: datetime, demands: Demands) -> bool:
    """Tell whether a report counts by its age; one of the future does not."""
    since = (now - timedelta(days=demands.window_days)).timestamp()
    return since <= report.end and report.begin <= now.timestamp()


def _is_of(report: Report, dmarc: Dmarc) -> bool:
    """Tell whether a report is about the present stage: what was found under another says nothing of its effects."""
    is_tested = dmarc.testing and dmarc.policy is not DmarcPolicy.NONE
    return report.policy == dmarc.policy and (not report.testing or (report.testing == "y") is is_tested)


def _missing(evidence: DomainReports, others: int, dmarc: Dmarc, now: datetime, demands: Demands) -> Iterator[str]:
    """Yield what evidence lacks."""
    if others:
        yield f"{others:,} reports found another policy than p={dmarc.policy}{'; t=y' if dmarc.testing else ''}"
    if not evidence.reports:
        yield f"no report of the last {demands.window_days} days is about {build_dmarc(dmarc)!r}"
        return
    if evidence.days < demands.days:
        yield f"reports cover {evidence.days} days; {demands.days} are needed"
    if len(evidence.receivers) < demands.receivers:
        yield f"{', '.join(evidence.receivers)} alone has reported; {demands.receivers} receivers are needed"
    age = now - datetime.fromtimestamp(max(report.end for report in evidence.reports), now.tzinfo)
    if age > timedelta(days=demands.age_days):
        yield f"the youngest report ends {age.days} days ago; at most {demands.age_days} are allowed"
    if evidence.read < evidence.declared:
        yield f"{evidence.read:,} of {evidence.declared:,} records could be read: the others may be of any sender"
    if not any(source.kind is SourceKind.SES for source in evidence.sources):
        yield "no mail in the reports was sent by SES as this domain"


def _held(source: Source) -> str:
    who = ", ".join(sorted(source.networks)[:2])
    places = f" ({who})" if who else ""
    return (
        f"{source.name}{places}: {source.unaligned:,} of {source.messages:,} messages are not aligned ({source.kind})"
    )
