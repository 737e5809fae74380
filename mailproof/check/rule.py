"""A rule: what it means and when it holds, in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from mailproof.check.finding import Severity

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class RuleResult:
    """
    What a rule found.

    Attributes:
        expected: What should be; empty takes the rule's own words.
        observed: What is; empty takes the rule's own words.
        fix: What to do; empty takes the rule's own words.
        domain: The domain that it concerns; empty takes the subject's.
    """

    expected: str = ""
    observed: str = ""
    fix: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """
    One rule.

    Attributes:
        id: Stable for ever: never renamed, never used again.
        severity: How bad it is.
        subjects: What it judges; a record rule may judge several kinds.
        meaning: What it means for mail, one sentence.
        condition: When it holds.
        expected: What should be, in general words.
        observed: What is, in general words.
        fix: What to do, one sentence.
        source: RFC section or AWS page.
        judge: Looks at a subject; None if the rule does not hold.
        before: Rules that it comes before although they stand earlier in the catalogue.
    """

    id: str
    severity: Severity
    subjects: tuple[type[Any], ...]
    meaning: str
    condition: str
    expected: str
    observed: str
    fix: str
    source: str
    judge: Callable[[Any], RuleResult | None]
    before: tuple[str, ...] = ()


class Catalogue:
    """
    Rules, in the order in which they are tried on one subject.

    Attributes:
        rules: In that order.
    """

    def __init__(self) -> None:
        self.rules: list[Rule[Any]] = []
        self._by_subject: dict[type[Any], tuple[Rule[Any], ...]] = {}

    def rule(  # noqa: PLR0913 -- the fields of a rule, each by its name
        self,
        rule_id: str,
        severity: Severity,
        *subjects: type[Any],
        meaning: str,
        condition: str,
        expected: str,
        observed: str,
        fix: str,
        source: str,
        before: tuple[str, ...] = (),
    ) -> Callable[[Callable[[Any], RuleResult | None]], Rule[Any]]:
        """
        Make a rule of the function that judges, and enter it.

        Args:
            rule_id: Its id.
            severity: How bad it is.
            subjects: What it judges.
            meaning: As in `Rule`.
            condition: As in `Rule`.
            expected: As in `Rule`.
            observed: As in `Rule`.
            fix: As in `Rule`.
            source: As in `Rule`.
            before: As in `Rule`.
        """

        def enter(judge: Callable[[Any], RuleResult | None]) -> Rule[Any]:
            made: Rule[Any] = Rule(
                rule_id, severity, subjects, meaning, condition, expected, observed, fix, source, judge, before
            )
            places = [index for index, other in enumerate(self.rules) if other.id in before]
            self.rules.insert(min(places, default=len(self.rules)), made)
            self._by_subject = {}
            return made

        return enter

    def rules_for(self, subject: object) -> tuple[Rule[Any], ...]:
        """Return the rules that judge a subject of this kind, in their order."""
        kind = type(subject)
        if kind not in self._by_subject:
            self._by_subject[kind] = tuple(rule for rule in self.rules if kind in rule.subjects)
        return self._by_subject[kind]


CHECK = Catalogue()
"""The rules of `mailproof check`."""
PREFLIGHT = Catalogue()
"""The rules that `mailproof preflight` has beside them."""

rule = CHECK.rule


def dg(page: str) -> str:
    """Return the address of a page of the SES developer guide."""
    return f"https://docs.aws.amazon.com/ses/latest/dg/{page}.html"


def api(page: str) -> str:
    """Return the address of a page of the SES API reference."""
    return f"https://docs.aws.amazon.com/ses/latest/APIReference-V2/{page}.html"
