"""What large receivers ask for, in one table over all domains of a report."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailproof.check.finding import CheckReport
from mailproof.check.receiver_verdict import READ_ON, Receiver, ReceiverVerdict, Verdict

DOMAINS_SHOWN = 3
TITLE = "What large receivers ask for"


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """
    One requirement.

    Attributes:
        requirement: What is asked for.
        cells: The worst verdict over all domains, and how many domains have it: one a receiver.
        why: Reasons, with the domains that they hold for.
    """

    requirement: str
    cells: tuple[tuple[Verdict, str], ...]
    why: str


def requirement_rows(report: CheckReport) -> list[RequirementRow]:
    """Sum the verdicts of a report up, one row per requirement."""
    by_requirement: defaultdict[str, list[ReceiverVerdict]] = defaultdict(list)
    for verdict in report.receivers:
        by_requirement[verdict.requirement].append(verdict)
    return [_row(requirement, verdicts) for requirement, verdicts in by_requirement.items()]


def source_lines() -> Iterator[str]:
    """Yield where each receiver says so."""
    for receiver in Receiver:
        yield f"{receiver}: {receiver.page}, read on {READ_ON}"


def _row(requirement: str, verdicts: Sequence[ReceiverVerdict]) -> RequirementRow:
    cells = tuple(_cell([v.verdict for v in verdicts if v.receiver is receiver]) for receiver in Receiver)
    worst = min((verdict for verdict, _ in cells), key=tuple(Verdict).index)
    domains: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for verdict in verdicts:
        if verdict.verdict is worst:
            domains[verdict.reason][verdict.domain] = None
    everywhere = len({(verdict.environment, verdict.domain) for verdict in verdicts})
    return RequirementRow(requirement, cells, "; ".join(_why(*each, everywhere) for each in domains.items()))


def _cell(verdicts: Sequence[Verdict]) -> tuple[Verdict, str]:
    worst = min(verdicts, key=tuple(Verdict).index)
    count = verdicts.count(worst)
    return worst, worst.value if count == len(verdicts) else f"{worst}: {count:,} of {len(verdicts):,}"


def _why(reason: str, domains: dict[str, None], everywhere: int) -> str:
    if len(domains) == everywhere and everywhere > 1:
        return reason
    shown = ", ".join(list(domains)[:DOMAINS_SHOWN])
    rest = f" and {len(domains) - DOMAINS_SHOWN:,} more" if len(domains) > DOMAINS_SHOWN else ""
    return f"{reason}: {shown}{rest}" if everywhere > 1 else reason
