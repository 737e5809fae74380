"""Record sets of Route 53, of DNS and of zone files are compared by what they mean."""

import pytest

from mailproof.live.answer import Absent, Answer, Mx, Txt, Unanswered
from mailproof.live.aws.route53 import parse_record_set
from mailproof.model.errors import InvalidValue
from mailproof.zones.contents import Content, of_answer, of_record_sets, parse_zone_file


def hosted(rdtype: str, *values: str, **more: object) -> Content:
    """Read a record set as Route 53 lists it."""
    listed = {"Name": "x.example.com.", "Type": rdtype, "TTL": 60, **more}
    listed["ResourceRecords"] = [{"Value": value} for value in values]
    [content] = of_record_sets({("x.example.com", rdtype): (parse_record_set(listed),)}).values()
    return content


@pytest.mark.parametrize(
    ("rdtype", "route53", "line"),
    [
        pytest.param("MX", ["10 Mail.Example.NET"], "10 mail.example.net.", id="case and dot"),
        pytest.param("TXT", ['"one " "two"'], '"one two"', id="strings are joined"),
        pytest.param("TXT", [r'"a\"b\\c"'], r'"a\"b\\c"', id="escapes"),
        pytest.param("TXT", [r'"caf\303\251"'], r'"caf\195\169"', id="octal and decimal"),
        pytest.param("AAAA", ["2001:DB8:0:0:0:0:0:1"], "2001:db8::1", id="an address in full"),
        pytest.param("SRV", ["1 2 389 Ldap.example.net"], "1 2 389 Ldap.example.net.", id="service"),
        pytest.param("CAA", ['0 issue "ca.example.net"'], "0 issue ca.example.net", id="quoted or not"),
    ],
)
def test_what_means_the_same_agrees(rdtype: str, route53: list[str], line: str) -> None:
    """Route 53 and zone files write one record in several ways."""
    contents = parse_zone_file(f"$TTL 300\nx {rdtype} {line}\n", "example.com")
    assert hosted(rdtype, *route53).agrees(contents["x.example.com", rdtype]) is True


def test_what_dns_answers_agrees_with_what_route_53_lists() -> None:
    """In any order."""
    mail = Answer((Mx(20, "b.example.net"), Mx(10, "a.example.net")), 300)
    assert of_answer(mail) == Content(("10 a.example.net", "20 b.example.net"), 300)
    assert hosted("MX", "10 a.example.net.", "20 b.example.net.").agrees(Content(("10 a.example.net",), 1)) is False
    text = Answer((Txt(("v=spf1 ", "-all")),), 300)
    assert hosted("TXT", '"v=spf1 -all"').agrees(of_answer(text) or Content((), 0)) is True


@pytest.mark.parametrize(
    "answer", [Absent(), Unanswered("SERVFAIL"), Answer(("192.0.2.1",), alias="other.example.net")]
)
def test_what_is_not_at_the_name_is_no_content(answer: Absent | Unanswered | Answer[str]) -> None:
    """What stands behind an alias is asked for as the alias."""
    assert of_answer(answer) is None


def test_an_alias_agrees_with_the_same_alias_alone() -> None:
    """What it answers, its API does not tell."""
    first, second = (hosted("A", AliasTarget={"DNSName": name}) for name in ("a.example.net.", "b.example.net."))
    assert first.shown == ("alias of a.example.net",)
    assert first.agrees(first) is True
    assert first.agrees(second) is False
    assert first.agrees(Content(("192.0.2.1",), 60)) is None


@pytest.mark.parametrize("text", ["not a zone file", "", "$ORIGIN other.example.\nx 300 A 192.0.2.1\n"])
def test_fails_on_what_is_no_file_of_the_zone(text: str) -> None:
    """An export of another zone would make everything lost."""
    with pytest.raises(InvalidValue):
        parse_zone_file(text, "example.com")
