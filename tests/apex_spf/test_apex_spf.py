"""Names in the SPF record of a domain itself."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproof.apex_spf.change import plan_texts
from mailproof.apex_spf.cost import answer_bytes, read_cost
from mailproof.change.errors import CommandError
from mailproof.live.answer import Absent, Answer, DnsAnswer, Mx, Txt, Unanswered
from mailproof.model.apex_spf import add_include, includes, remove_include

SES = "amazonses.com"
TERMS = ["a", "mx", "ip4:192.0.2.1", "include:a.example", "?include:b.example", "exists:%{i}.c.example"]
ENDS = [[], ["-all"], ["~all"], ["?ALL"], ["redirect=d.example"], ["mx", "-all", "redirect=d.example"]]
RECORDS = st.tuples(st.lists(st.sampled_from(TERMS)), st.sampled_from(ENDS)).map(
    lambda parts: " ".join(["v=spf1", *parts[0], *parts[1]])
)


class Names:
    """Answers for names from memory."""

    def __init__(self, texts: Mapping[str, Sequence[str] | Unanswered]) -> None:
        self.texts = texts

    async def txt(self, name: str) -> DnsAnswer:
        """Answer TXT."""
        found = self.texts.get(name, ())
        if isinstance(found, Unanswered):
            return found
        return Answer(tuple(Txt((text,)) for text in found)) if found else Absent(name_exists=False)

    async def mx(self, name: str) -> DnsAnswer:
        """Answer MX."""
        return Answer((Mx(10, name),))

    async def names(self, name: str, rdtype: str, **_: bool) -> DnsAnswer:
        """Answer A."""
        return Answer(("192.0.2.1",)) if rdtype == "A" and name != "gone.example" else Absent(name_exists=False)


def cost(texts: Sequence[str], **others: Sequence[str] | Unanswered) -> tuple[int, int, list[str]]:
    """Return lookups, names without anything, and faults of a domain's records."""
    names = Names({f"{name}.example": found for name, found in others.items()} | {SES: ["v=spf1 ip4:192.0.2.9 -all"]})
    found = asyncio.run(read_cost(names, "example.com", texts))  # type: ignore[arg-type]
    return found.lookups, found.voids, list(found.faults)


@settings(max_examples=30)
@given(RECORDS)
def test_a_name_goes_in_and_out_and_leaves_the_rest_as_it_was(record: str) -> None:
    """Order and qualifiers stay; the name stands before what ends the record; twice is once."""
    added = add_include(record, SES)
    assert includes(added, SES)
    assert add_include(added, SES) == added
    assert remove_include(added, SES) == record
    before, _, behind = added.partition(f"include:{SES}")
    assert not {"all", "redirect"} & {term.lstrip("+-~?").lower().partition("=")[0] for term in before.split()}
    assert f"{before}{behind.lstrip()}".split() == record.split()


def test_an_include_of_somebody_else_stays() -> None:
    """With another qualifier it is not ours; upper case and a final dot are the same name."""
    assert remove_include("v=spf1 ?include:amazonses.com -all", SES) == "v=spf1 ?include:amazonses.com -all"
    assert add_include("v=spf1 +include:AmazonSES.com. -all", SES) == "v=spf1 +include:AmazonSES.com. -all"


def test_what_stands_behind_all_is_not_included() -> None:
    """Receivers never come to it."""
    assert not includes("v=spf1 mx -all include:amazonses.com", SES)
    assert add_include("v=spf1 -ALL include:amazonses.com", SES).startswith("v=spf1 include:amazonses.com -ALL")


def test_every_other_text_stays() -> None:
    """A domain without a record gets one that says nothing of others, and loses it again."""
    texts = ("verification=1", "v=spf1 mx -all", "b")
    added = plan_texts(texts, [SES], [])
    assert added == ("verification=1", "v=spf1 mx include:amazonses.com -all", "b")
    assert plan_texts(added, [], [SES]) == texts
    first = plan_texts(("verification=1",), [SES], [])
    assert first == ("verification=1", "v=spf1 include:amazonses.com ?all")
    assert plan_texts(first, [], [SES]) == ("verification=1",)
    with pytest.raises(CommandError, match=r"has 2 SPF records, and receivers then use none"):
        plan_texts(("v=spf1 -all", "V=SPF1 mx"), [SES], [])


def test_what_a_record_costs_is_counted_through_the_whole_tree() -> None:
    """Terms behind an include count too, those behind `all` do not."""
    assert cost(["v=spf1 include:a.example mx include:amazonses.com -all"], a=["v=spf1 a:b.example -all"]) == (4, 0, [])
    assert cost(["v=spf1 -all include:a.example"]) == (0, 0, [])
    assert cost(["verification=1"]) == (0, 0, [])


@pytest.mark.parametrize(
    ("texts", "others", "fault"),
    [
        (["v=spf1 " + "mx " * 11 + "-all"], {}, "it costs 11 lookups; receivers make at most 10"),
        (["v=spf1 " + "a:gone.example " * 3 + "-all"], {}, "3 of its lookups are void; receivers accept at most 2"),
        (["v=spf1 include:a.example -all"], {"a": ["x"]}, "a.example has no SPF record"),
        (["v=spf1 include:a.example"], {"a": ["v=spf1 include:a.example"]}, "a.example leads back to itself"),
        (
            ["v=spf1 include:a.example -all"],
            {"a": ["v=spf1 x:y -all"]},
            "a.example has 'x:y', which is not an SPF term",
        ),
        (["v=spf1 include:a.example -all"], {"a": ["v=spf1 +all"]}, "a.example lets everybody send, by '+all'"),
        (
            ["v=spf1 redirect=a.example"],
            {"a": ["v=spf1 ip4:0.0.0.0/0"]},
            "a.example lets everybody send, by 'ip4:0.0.0.0/0'",
        ),
        (["v=spf1 -all", "v=spf1 mx"], {}, "there are 2 SPF records, and receivers take none of them"),
        (["v=spf1 ip4:1 -all"], {}, "'ip4:1' is not an SPF term"),
        (["v=spf1 -all", "x" * 500], {}, "all TXT records together take 567 bytes; one packet holds 512"),
    ],
)
def test_what_breaks_a_limit_is_named(texts: list[str], others: dict[str, list[str]], fault: str) -> None:
    """One limit, one fault."""
    assert cost(texts, **others)[2] == [fault]


def test_what_does_not_answer_is_no_fault() -> None:
    """It is told apart: the cost is not known."""
    names = Names({"a.example": Unanswered("timeout")})
    found = asyncio.run(read_cost(names, "example.com", ["v=spf1 include:a.example -all"]))  # type: ignore[arg-type]
    assert [branch.term for branch in found.unanswered] == ["include:a.example"]
    assert found.faults == ()


def test_the_length_of_an_answer_is_that_on_the_wire() -> None:
    """Header, question, and each record with its name as a pointer."""
    assert answer_bytes("example.com", []) == 12 + 13 + 4
    assert answer_bytes("example.com", ["x" * 300]) == 29 + 12 + 300 + 2
