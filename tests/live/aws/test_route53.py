"""Record sets, and when two of them say the same."""

import pytest

from mailproof.live.answer import Unanswered
from mailproof.live.aws.members import UNREADABLE_ANSWER
from mailproof.live.aws.route53 import fetch_record_sets, parse_record_set, same_values
from mailproof.live.aws.session import ask_aws
from tests.fake_aws import FakeAws


@pytest.mark.parametrize(
    ("rdtype", "first", "second", "same"),
    [
        ("CNAME", ["t.dkim.amazonses.com"], ["T.DKIM.amazonses.com."], True),
        ("CNAME", ["t.dkim.amazonses.com"], ["t.dkim.amazonses.com.example.com."], False),
        ("MX", ["10  feedback-smtp.us-east-1.amazonses.com"], ["10 feedback-smtp.us-east-1.amazonses.com."], True),
        ("MX", ["10 a.example"], ["20 a.example"], False),
        ("MX", ["10 a.example", "20 b.example"], ["20 b.example", "10 a.example"], True),
        ("TXT", ['"v=spf1 " "~all"'], ['"v=spf1 ~all"'], True),
        ("TXT", ['"v=spf1 ~all"'], ['"V=spf1 ~all"'], False),
        ("TXT", [r'"a\040b\"c"'], [r'"a b\042c"'], True),
        ("TXT", ['"a"'], ['"a"', '"b"'], False),
    ],
)
def test_values_are_compared_as_dns_reads_them(rdtype: str, first: list[str], second: list[str], *, same: bool) -> None:
    """Case and dot of hosts, order and the splitting of texts do not count; everything else does."""
    assert same_values(rdtype, first, second) is same


def test_a_record_set_is_read_as_listed() -> None:
    """The name loses dot and escapes; what is not a simple record says what it has."""
    listed = {"Name": r"\137DMARC.example.com.", "Type": "TXT", "SetIdentifier": "a", "Weight": 1, "TTL": 60}
    found = parse_record_set(listed)
    assert (found.name, found.ttl_s, found.extras) == ("_dmarc.example.com", 60, ("SetIdentifier", "Weight"))
    assert found.listed == listed


@pytest.mark.parametrize("end", ["", "<IsTruncated>true</IsTruncated>"])
def test_a_list_without_an_end_is_no_list(end: str) -> None:
    """What it leaves out would pass for absent."""
    aws = FakeAws()
    aws.answers["route53 GET /2013-04-01/hostedzone/Z1/rrset"] = (200, f"<R><ResourceRecordSets/>{end}</R>")
    answer = ask_aws(lambda: fetch_record_sets(aws.client("route53"), "Z1"))
    assert isinstance(answer, Unanswered)
    assert answer.reason == UNREADABLE_ANSWER
