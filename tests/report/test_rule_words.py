"""Tests of the titles of rules."""

from mailproof.check.catalogue import CHECK
from mailproof.check.preflight.catalogue import PREFLIGHT
from mailproof.report.rule_words import TITLES, rule_title

LIMIT = 45  # characters: what a cell of the matrix can show


def test_a_rule_has_a_title_in_words() -> None:
    """Of its own where there is one, else its id with the abbreviations of the field in capitals."""
    assert rule_title("target-doubled-zone") == "Target ends in the zone twice"
    assert rule_title("mail-from-mx-of-later") == "MAIL FROM MX of later"


def test_titles_are_of_rules_short_and_told_apart() -> None:
    """None is of a rule that is no more, and no two are the same."""
    known = {rule.id for rule in (*CHECK, *PREFLIGHT)}
    titles = [rule_title(rule) for rule in sorted(known)]
    assert TITLES.keys() <= known
    assert len(set(titles)) == len(titles)
    assert [title for title in titles if len(title) > LIMIT] == []
