"""What is said of changes that take nothing away."""

from pathlib import Path
from typing import Any

import pytest

from mailproof.template.notices import find_notices

STACK = "prod/ses-us-east-1"
PAGE = Path(__file__).parents[2] / "docs/day-two.md"
WEAK, STRONG = ({"DkimSigningAttributes": {"NextSigningKeyLength": f"RSA_{bits}_BIT"}} for bits in (1024, 2048))
FALL_BACK, REJECT = (
    {"MailFromAttributes": {"BehaviorOnMxFailure": name}} for name in ("USE_DEFAULT_VALUE", "REJECT_MESSAGE")
)


def template(properties: dict[str, Any], domains: int = 1) -> dict[str, Any]:
    """Return a template of identities that have the same properties."""
    names = [f"d{number}.example" for number in range(domains)]
    kind = {"Type": "AWS::SES::EmailIdentity"}
    return {
        "Resources": {
            f"I{n}": {**kind, "Properties": {"EmailIdentity": name, **properties}} for n, name in enumerate(names)
        }
    }


def tags(**values: str) -> dict[str, Any]:
    """Return the property of tags."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in values.items()]}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, WEAK, "keys of 1024 bits, which are weaker; the records stay; SES takes one change in 24 hours"),
        (STRONG, WEAK, "which are weaker"),
        (WEAK, STRONG, "will be signed with keys of 2048 bits; the records stay; SES takes one change in 24 hours"),
        ({}, STRONG, "which SES may refuse where it has them"),
        (WEAK, {}, "keeps the length of its keys"),
        (FALL_BACK, REJECT, "will be refused as long as SES does not find the MX"),
        (REJECT, FALL_BACK, "SPF does not align"),
        (tags(team="a", old="b"), tags(team="c"), "tags change in place, old, team; IAM policies"),
    ],
)
def test_what_a_change_does_is_said(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    """In one line per stack, with the domains."""
    [line] = find_notices(STACK, template(before), template(after))
    assert line.startswith(f"{STACK}: 'd0.example': ")
    assert words in line


@pytest.mark.parametrize(
    ("before", "after"),
    [(WEAK, WEAK), (REJECT, REJECT), (tags(team="B?cher"), tags(team="Bücher")), (FALL_BACK, {}), ({}, FALL_BACK)],
)
def test_what_does_nothing_is_not_mentioned(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Nor a tag that CloudFormation gives back with a question mark; a MAIL FROM domain that goes is another matter."""
    assert list(find_notices(STACK, template(before), template(after))) == []


def test_many_domains_are_one_line() -> None:
    """With a few of their names."""
    [line] = find_notices(STACK, template(FALL_BACK, 7), template(REJECT, 7))
    assert "'d4.example' and 2 more: " in line


def test_a_new_domain_changes_nothing() -> None:
    """It has no mail yet."""
    assert list(find_notices(STACK, template(WEAK, 1), template(WEAK, 2))) == []


def test_the_page_has_the_words() -> None:
    """As the command says them."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = (
        {"EmailIdentity": "example.com", **FALL_BACK, **tags(team="a")},
        {**WEAK, **REJECT, **tags(team="b"), "EmailIdentity": "example.com"},
    )
    lines = list(find_notices(STACK, template(before), template(after)))
    assert len(lines) == 3
    assert not [line for line in lines if f"\n{line}\n" not in page]


@pytest.mark.parametrize("is_grouped", [False, True])
def test_tags_that_a_dmarc_record_loses_are_named(*, is_grouped: bool) -> None:
    """Somebody wrote them on purpose, in an older file or before it was adopted."""

    def records(text: str) -> dict[str, Any]:
        record = {"Name": "_dmarc.d0.example.", "Type": "TXT", "ResourceRecords": [f'"{text}"']}
        if not is_grouped:
            return {"Resources": {"R": {"Type": "AWS::Route53::RecordSet", "Properties": record}}}
        return {"Resources": {"R": {"Type": "AWS::Route53::RecordSetGroup", "Properties": {"RecordSets": [record]}}}}

    before, after = records("v=DMARC1; p=none; fo=1; sp=reject"), records("v=DMARC1; p=reject; fo=1")
    [line] = find_notices(STACK, before, after)
    assert line == f"{STACK}: '_dmarc.d0.example': the DMARC record loses sp=reject"
    assert list(find_notices(STACK, after, before)) == []
