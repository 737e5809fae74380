"""A rule: what it means and when it holds, in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from mailproof.check.finding import Severity

Subject = TypeVar("Subject")
DOUBLED_FIX = (
    "Enter the name without the zone where the DNS host adds it, and take the record away from the other name."
)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """
    What a rule found.

    Attributes:
        expected: What should be; empty takes the rule's own words.
        observed: What is; empty takes the rule's own words.
        fix: What to do; empty takes the rule's own words.
        domain: The domain that it concerns; empty takes the subject's.
        severity: How bad it is here; None takes the rule's own.
    """

    expected: str = ""
    observed: str = ""
    fix: str = ""
    domain: str = ""
    severity: Severity | None = None


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
        is_independent: Whether it concerns something beside a readable record, so that it is reported together with
            others of its kind; of all other rules the first that holds is reported.
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
    is_independent: bool = False


def rule(  # noqa: PLR0913 -- the fields of a rule, each by its name
    rule_id: str,
    severity: Severity,
    *subjects: type[Any],
    meaning: str,
    condition: str,
    expected: str,
    observed: str,
    fix: str,
    source: str,
    is_independent: bool = False,
) -> Callable[[Callable[[Any], RuleResult | None]], Rule[Any]]:
    """
    Make a rule of the function that judges; the catalogue that lists it says when it is tried.

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
        is_independent: As in `Rule`.
    """

    def make(judge: Callable[[Any], RuleResult | None]) -> Rule[Any]:
        words = (meaning, condition, expected, observed, fix, source)
        return Rule(rule_id, severity, subjects, *words, judge, is_independent)

    return make


def dg(page: str) -> str:
    """Return the address of a page of the SES developer guide."""
    return f"https://docs.aws.amazon.com/ses/latest/dg/{page}.html"


def api(page: str) -> str:
    """Return the address of a page of the SES API reference."""
    return f"https://docs.aws.amazon.com/ses/latest/APIReference-V2/{page}.html"
