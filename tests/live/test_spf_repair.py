"""What a faulty SPF record becomes: the fault is gone, everything else stays, and the count of lookups is right."""

import asyncio
from collections.abc import Mapping

import pytest

from mailproof.live.spf_reader import SpfReader
from mailproof.live.spf_repair import is_sound, repair_spf
from mailproof.live.spf_text import parse_spf
from tests.live.test_spf_reader import DOMAIN, World

NAMES = {
    "a.example": "v=spf1 ip4:192.0.2.1 -all",
    "nine.example": f"v=spf1 {' '.join(['include:a.example'] * 8)} -all",
    "bad.example": "v=spf1 foo -all",
    "ses.example": "v=spf1 ip4:54.240.1.0/24 -all",
}
WANTED = "v=spf1 include:amazonses.com ~all"


def repair(*texts: str, names: Mapping[str, str | None] = NAMES) -> str:
    """Repair the records of a name; what comes of it is sound."""

    async def work() -> str:
        reader = SpfReader(World(names), DOMAIN)
        reading = await reader.read(texts[0]) if len(texts) == 1 else None
        repaired = await repair_spf(reader, [parse_spf(text) for text in texts], reading, WANTED)
        assert is_sound(await reader.read(repaired))
        return repaired

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("ip4:192.0.2.0/24 ~all", "include:amazonses.com ip4:192.0.2.0/24 ~all"),
        ("-all include:amazonses.com", "include:amazonses.com -all"),
        ("~include:amazonses.com -all", "include:amazonses.com -all"),
        ("-ip4:54.240.8.0/24 include:amazonses.com ~all", "include:amazonses.com -ip4:54.240.8.0/24 ~all"),
        ("include:amazonses.com~all", "include:amazonses.com ~all"),
        (r"include:amazonses.com \xe2\x80\x93all", "include:amazonses.com -all"),
        ("include: amazonses.com ~all", "include:amazonses.com ~all"),
        ("ipv4:192.0.2.1, include:amazonses.com ~all;", "ip4:192.0.2.1 include:amazonses.com ~all"),
        ("ip4:2001:db8::1 include:amazonses.com ~all", "ip6:2001:db8::1 include:amazonses.com ~all"),
        ("foo ip4:192.0.2.1/33 include:amazonses.com ?all", "include:amazonses.com ?all"),
        ("include:dead.example include:amazonses.com ~all", "include:amazonses.com ~all"),
        (
            "include:amazonses.com include:bad.example include:a.example ~all",
            "include:amazonses.com include:a.example ~all",
        ),
        ("a:1.e a:2.e a:3.e include:amazonses.com ~all", "a:1.e a:2.e include:amazonses.com ~all"),
        (
            "include:nine.example include:nine.example include:a.example include:amazonses.com ~all",
            "include:nine.example include:amazonses.com ~all",
        ),
        (
            "ip4:199.255.192.0/22 ip4:54.240.0.0/18 ip6:2001:db8::/32 ip4:192.0.2.1 -all",
            "include:amazonses.com ip4:192.0.2.1 -all",
        ),
        ("exists:%{l}.a.example -all", "include:amazonses.com exists:%{l}.a.example -all"),
        ("redirect=a.example", "include:amazonses.com redirect=a.example"),
        ("-include:ses.example include:amazonses.com -all", "include:amazonses.com -include:ses.example -all"),
        ("include=amazonses.com ip4=192.0.2.1 ~all", "include:amazonses.com ip4:192.0.2.1 ~all"),
        ("include:amazonses.com exp=a.example exp=b.example ~all", "include:amazonses.com ~all exp=a.example"),
        ("include:amazonses.com\tip4:192.0.2.1\t~all foo", "include:amazonses.com ip4:192.0.2.1 ~all"),
        ("include:amazonses.com x=`id` foo ~all", "include:amazonses.com ~all"),
    ],
)
def test_only_the_fault_is_repaired(text: str, repaired: str) -> None:
    """What is not a fault stays, in its order."""
    assert repair(f"v=spf1 {text}") == f"v=spf1 {repaired}"


@pytest.mark.parametrize(
    ("texts", "repaired"),
    [
        (("include:amazonses.com ~all", "include:a.example ~all"), "include:amazonses.com include:a.example ~all"),
        (("include:amazonses.com -all", "include:a.example ?all"), "include:amazonses.com include:a.example ~all"),
        (("include:a.example -all", "mx -all"), "include:amazonses.com include:a.example mx -all"),
        (("include:amazonses.com ~all", "redirect=a.example"), "include:amazonses.com include:a.example ~all"),
        (("include:amazonses.com ~all", "INCLUDE:amazonses.com ~all"), "INCLUDE:amazonses.com ~all"),
    ],
)
def test_several_records_become_one(texts: tuple[str, ...], repaired: str) -> None:
    """The senders of all of them stay; where the ends differ nobody's mail is refused."""
    assert repair(*(f"v=spf1 {text}" for text in texts)) == f"v=spf1 {repaired}"


def test_a_record_that_became_too_long_is_the_wanted_one() -> None:
    """An answer that does not fit into a packet may be ignored (RFC 7208 section 3.4)."""
    many = [" ".join(f"ip4:192.0.{third}.{last}" for last in range(20)) for third in (2, 3)]
    assert repair(*(f"v=spf1 {networks} ~all" for networks in many)) == WANTED


def test_where_nobody_answers_for_ses_the_wanted_record_is_named() -> None:
    """Nothing could be proved of any other."""
    assert repair("v=spf1 foo ~all", names={"amazonses.com": None}) == WANTED
