"""What each of a zone's own servers says, beside what the resolver says: out of step, or an old answer in a cache."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from mailproof.check.finding import Finding, Severity
from mailproof.check.judging import Findings, RecordState, beside_mail, with_observed, worst_state
from mailproof.check.subjects import CachedAnswer, OutOfStep
from mailproof.live.answer import Absent, Answer, DnsAnswer, Mx, Txt, Unanswered
from mailproof.live.authority import ServerView
from mailproof.live.resolver import Resolver
from mailproof.model.domain import Place
from mailproof.model.names import is_within

States: TypeAlias = dict[str, dict[Place, RecordState]]
"""Domain and place to the state of the records."""
Key: TypeAlias = tuple[str, str]
"""Name and type of a record."""
STAYS = frozenset({"dnssec-bogus"})
"""What no other server overrules: a validating resolver refuses the answer."""


class Judged:
    """
    What came of judging the answers of one source.

    Args:
        findings: On identities and records.
        states: Of the records.

    Attributes:
        records: Findings on records, by name and type.
        identities: Findings on identities, by domain.
    """

    def __init__(self, findings: Sequence[Finding], states: States) -> None:
        self.findings = findings
        self.states = states
        self.records: dict[Key, list[Finding]] = {}
        self.identities: dict[str | None, list[Finding]] = {}
        for finding in findings:
            if finding.name is not None and finding.type is not None:
                self.records.setdefault((finding.name, finding.type), []).append(finding)
            else:
                self.identities.setdefault(finding.domain, []).append(finding)


class ServerComparison:
    """
    Compares the findings from the resolver's answers with those from each of the zones' own servers.

    Args:
        findings: Takes what remains.
        first: From the resolver's answers.
        views: From the answers of the servers.
        silent: Zones of which a server did not answer.
        resolver: Says what it keeps, and for how long.
        beside: Names that no mail depends on today: the further MAIL FROM names.
    """

    def __init__(  # noqa: PLR0913 -- what is compared, and by whom
        self,
        findings: Findings,
        first: Judged,
        views: Mapping[ServerView, Judged],
        silent: Iterable[str],
        resolver: Resolver,
        *,
        beside: Collection[str] = frozenset(),
    ) -> None:
        self._findings = findings
        self._first = first
        self._views = views
        self._silent = frozenset(silent)
        self._resolver = resolver
        self._beside = beside
        self._kept: set[str | None] = set()

    async def report(self, zones: Mapping[str, str]) -> States:
        """
        Report what remains.

        Args:
            zones: Domain to the zone that holds its records.

        Returns:
            The state of the records, all servers considered.
        """
        for key in dict.fromkeys(key for judged in self._all() for key in judged.records):
            await self._report_record(*key)
        states = {
            domain: {region: self._state(domain, region, zones[domain]) for region in regions}
            for domain, regions in self._first.states.items()
        }
        self._findings.items += self._identity_findings(zones)
        return states

    async def _report_record(self, name: str, rdtype: str) -> None:
        """Report a record whose name lies in a zone with servers of its own by what each of them says."""
        key = (name, rdtype)
        first = self._first.records.get(key, [])
        by_host = {
            host: judged.records.get(key, []) for view, judged in self._views.items() if (host := view.host_of(name))
        }
        wrong = {host: found for host, found in by_host.items() if any(map(_is_known, found))}
        right = [host for host, found in by_host.items() if not found]
        if wrong and right:
            found = next(iter(wrong.values()))[0]
            answers = tuple((host, found[0].observed) for host, found in wrong.items())
            self._findings.judge_first(OutOfStep(found.domain, found.region, name, rdtype, answers))
            if name in self._beside:
                self._findings.items[-1] = beside_mail(self._findings.items[-1])
        elif wrong:
            await self._report_everywhere(first, next(iter(wrong.values())))
        elif first and len(right) == len(by_host) > 0 and not self._is_silent(name) and _may_be_cached(first):
            kept = _describe_kept(await self._resolver.ask(name, rdtype))
            self._findings.judge_first(CachedAnswer(first[0].domain, first[0].region, name, rdtype, kept))
        else:
            self._kept |= {finding.domain for finding in first}
            self._findings.items += first

    def _is_silent(self, name: str) -> bool:
        return any(is_within(name, zone) for zone in self._silent)

    async def _report_everywhere(self, first: Sequence[Finding], found: Sequence[Finding]) -> None:
        """Report what no server has rightly, and what the resolver says if that is something else."""
        before = {finding.observed for finding in first}
        for finding in found:
            if before and finding.observed not in before:
                kept = _describe_kept(await self._resolver.ask(finding.name or "", finding.type or ""))
                self._findings.items.append(with_observed(finding, f"a resolver still says: {kept}"))
            else:
                self._findings.items.append(finding)

    def _state(self, domain: str, region: Place, zone: str) -> RecordState:
        states = [judged.states[domain][region] for judged in self._views_of(zone)]
        first = self._first.states[domain][region]
        if not states or set(states) == {RecordState.UNKNOWN}:
            return first
        found = RecordState.WRONG if RecordState.WRONG in states else RecordState.RIGHT
        return worst_state(found, first) if domain in self._kept else found

    def _views_of(self, zone: str) -> list[Judged]:
        return [judged for view, judged in self._views.items() if view.host_of(zone)]

    def _identity_findings(self, zones: Mapping[str, str]) -> list[Finding]:
        """Return what is left of an identity's findings: those that its records explain by no server's answers."""
        found = []
        for domain in dict.fromkeys(domain for judged in self._all() for domain in judged.identities):
            views = [] if domain in self._kept else self._views_of(zones.get(domain or "", ""))
            sources = [judged.identities.get(domain, []) for judged in views or [self._first]]
            found += [finding for finding in sources[0] if all(finding in others for others in sources)]
        return found

    def _all(self) -> tuple[Judged, ...]:
        return (self._first, *self._views.values())


def _is_known(finding: Finding) -> bool:
    return finding.severity is not Severity.UNKNOWN


def _may_be_cached(findings: Sequence[Finding]) -> bool:
    return all(_is_known(finding) and finding.rule not in STAYS for finding in findings)


def _describe_kept(answer: DnsAnswer) -> str:
    """Show an answer and for how long a resolver keeps it."""
    if isinstance(answer, Unanswered):
        return f"no answer: {answer}"
    until = f"for {answer.ttl_s} s more" if answer.ttl_s else "for a time that it does not tell"
    if isinstance(answer, Absent):
        return f"no such record, {until}"
    return f"{_records(answer)}, {until}"


def _records(answer: Answer[str] | Answer[Mx] | Answer[Txt]) -> str:
    shown = []
    for record in answer.records:
        if isinstance(record, Txt):
            shown.append(repr(record.text))
        else:
            shown.append(f"{record.preference} {record.host}" if isinstance(record, Mx) else record)
    return ", ".join(shown)
