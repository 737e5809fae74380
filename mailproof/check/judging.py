"""Apply the rules to a subject and record the first finding."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from mailproof.check.catalogue import CHECK
from mailproof.check.finding import Finding, Severity
from mailproof.check.rule import Rule, RuleResult
from mailproof.check.subjects import BogusRecord, DelegatedName, UnansweredName
from mailproof.live.answer import Unanswered
from mailproof.live.record_facts import SUPPRESSED, ByoDkimFacts, DkimFacts, PublishedFacts, RecordFacts, SpfFacts
from mailproof.live.spf_check_host import SpfQuestion
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.environment import Environment
from mailproof.model.names import is_within
from mailproof.model.record_kind import DKIM, MAIL_FROM_MX, RecordKind


class RecordState(StrEnum):
    """What is known of a record, the worse the later."""

    RIGHT = "right"
    UNKNOWN = "unknown"
    WRONG = "wrong"


def worst_state(*states: RecordState) -> RecordState:
    """Return the worst of some states; right if there is none."""
    order = list(RecordState)
    return max(states, key=order.index, default=RecordState.RIGHT)


@dataclass(slots=True)
class Findings:
    """
    The findings of one environment, as they come up.

    Attributes:
        environment: The environment.
        rules: To judge by, in the order in which they are tried.
        items: In the order in which they came up.
        reported_names: Names already reported as unanswered: each is reported once.
    """

    environment: Environment
    rules: tuple[Rule[Any], ...] = CHECK
    items: list[Finding] = field(default_factory=list)
    reported_names: set[str] = field(default_factory=set)
    _by_subject: dict[type, list[Rule[Any]]] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the rules by what they judge: each would else be tried on thousands of other subjects."""
        self._by_subject = {}
        for rule in self.rules:
            for kind in rule.subjects:
                self._by_subject.setdefault(kind, []).append(rule)

    def judge_first(self, subject: object, then: str = "") -> Finding | None:
        """
        Report the first rule that holds of a subject; before it, and without it, every independent one that does.

        Args:
            subject: What is judged.
            then: What else to do after the fix, added to it.

        Returns:
            What the first rule that holds has found, if one does.
        """
        first = None
        for rule in self._by_subject.get(type(subject), ()):
            if outcome := rule.judge(subject):
                self.items.append(self._finding(rule, outcome, subject, then))
                first = first or self.items[-1]
                if not rule.is_independent:
                    break
        return first

    def judge_all(self, subject: object) -> None:
        """Report every rule that holds of a subject."""
        for rule in self._by_subject.get(type(subject), ()):
            if outcome := rule.judge(subject):
                self.items.append(self._finding(rule, outcome, subject, ""))

    def judge_record(self, facts: RecordFacts, then: str = "") -> RecordState:
        """Report what is wrong with a record, or that a name which the judgement needs was not answered for."""
        if question := open_question(facts):
            return self.report_unanswered(question, facts.zone)
        if isinstance(facts, SpfFacts) and facts.reading and (behind := facts.reading.others.unanswered):
            self.report_unanswered(_spf_question(facts, behind), facts.zone)
        if facts.cut:
            self.report_cut(DelegatedName(facts.domain, *facts.cut, _kind_of(facts), self.environment))
            return RecordState.WRONG
        found = self.judge_first(facts, then)
        return RecordState.WRONG if found and found.severity is Severity.ERROR else RecordState.RIGHT

    def report_unanswered(self, question: UnansweredName, zone: str) -> RecordState:
        """
        Report a name without an answer once, on the first record that needed it.

        Args:
            question: The name, and what came instead.
            zone: Of the record. What validating resolvers refuse there is wrong; elsewhere it is somebody else's.
        """
        is_wrong = question.why.is_bogus and is_within(question.name, zone)
        if question.why is not SUPPRESSED and question.name not in self.reported_names:
            self.reported_names.add(question.name)
            subject = BogusRecord(question.domain, question.region, question.name, question.type, question.why)
            self.judge_first(subject if is_wrong else question)
        return RecordState.WRONG if is_wrong else RecordState.UNKNOWN

    def report_cut(self, cut: DelegatedName) -> None:
        """Report a delegated name once, on the first domain with a record below it."""
        if cut.name not in self.reported_names:
            self.reported_names.add(cut.name)
            self.judge_first(cut)

    def _finding(self, rule: Rule[Any], outcome: RuleResult, subject: Any, then: str) -> Finding:
        is_zone = isinstance(subject, ZoneFacts)
        fix = outcome.fix or rule.fix
        return Finding(
            rule=rule.id,
            severity=outcome.severity or rule.severity,
            environment=self.environment.name,
            domain=None if is_zone else outcome.domain or getattr(subject, "domain", None),
            region=getattr(subject, "region", None),
            name=subject.zone.name if is_zone else getattr(subject, "name", None),
            type=getattr(subject, "type", None),
            expected=outcome.expected or rule.expected,
            observed=outcome.observed or rule.observed,
            fix=f"{fix.removesuffix('.')}, {then}." if then else fix,
            source=rule.source,
        )


def _kind_of(facts: RecordFacts) -> RecordKind:
    if isinstance(facts, PublishedFacts):
        return facts.wanted.kind
    return DKIM if isinstance(facts, DkimFacts | ByoDkimFacts) else MAIL_FROM_MX


def open_question(facts: RecordFacts) -> UnansweredName | None:
    """Return the first name without an answer that leaves a record unjudged."""
    if isinstance(answer := getattr(facts, "answer", None), Unanswered):
        return UnansweredName(facts.domain, facts.region, facts.name, facts.type, answer)
    if isinstance(facts, DkimFacts) and isinstance(facts.key, Unanswered):
        return UnansweredName(facts.domain, facts.region, facts.name, "TXT", facts.key)
    if isinstance(facts, SpfFacts) and facts.reading and (found := facts.reading.unanswered):
        return _spf_question(facts, found)
    return None


def _spf_question(facts: SpfFacts, found: tuple[SpfQuestion, Unanswered]) -> UnansweredName:
    question, why = found
    return UnansweredName(facts.domain, facts.region, question.name, question.type, why)


def beside_mail(finding: Finding) -> Finding:
    """Return a finding on a further MAIL FROM name, which no mail of today uses: at worst a warning."""
    severity = Severity.WARNING if finding.severity is Severity.ERROR else finding.severity
    return with_observed(replace(finding, severity=severity), "SES does not use this name (`also`)")


def with_observed(finding: Finding, addition: str) -> Finding:
    """Add to what a finding observed."""
    return replace(finding, observed=f"{finding.observed}; {addition}")
