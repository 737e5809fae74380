"""Macros of a message: the examples of RFC 7208 section 7.4, and what holds of any."""

import re
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproof.live.spf_macros import DependsOnMessage, MacroValues, SpfMessage, expand
from mailproof.live.spf_text import AddressRange

SENDER, HELO = "strong-bad@email.example.com", "mx.example.org"
WORDS = st.text("abcXYZ019-_+=/,.", min_size=1, max_size=30)


def values(sender: str = SENDER, helo: str = HELO, address: str = "192.0.2.3") -> MacroValues:
    """What macros stand for, of a message."""
    domain = sender.rpartition("@")[2]
    return MacroValues(domain, domain, AddressRange.of_network(address), SpfMessage(sender, helo))


@pytest.mark.parametrize(
    ("macro", "expected"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%{h}", "mx.example.org"),
        ("%{h1}", "org"),
        ("%{hr}", "org.example.mx"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("%{s2}", "example.com"),
        ("%{s1r@}", None),
    ],
)
def test_an_example(macro: str, expected: str | None) -> None:
    """As the text has it; what is no macro stays."""
    assert expand(macro, values()) == (macro if expected is None else expected)


def test_an_address_of_version_6() -> None:
    """Each of its digits is a part."""
    digits = ".".join("20010db8" + "0" * 20 + "cb01")
    expected = f"{'.'.join(reversed(digits.split('.')))}.ip6._spf.example.com"
    assert expand("%{ir}.%{v}._spf.%{d2}", values(address="2001:db8::cb01")) == expected


def test_what_a_message_does_not_tell() -> None:
    """A sender without a local part is the postmaster; without a name in HELO nothing is invented."""
    assert expand("%{l}.%{o}", values(sender="@example.com")) == "postmaster.example.com"
    assert expand("%{s}", values(sender="@example.com")) == "postmaster@example.com"
    for macro, known in {"%{h}": values(helo=""), "%{p}": values(), "%{s}": values(sender="")}.items():
        with pytest.raises(DependsOnMessage):
            expand(macro, known)


@settings(max_examples=60)
@given(local=WORDS, keep=st.integers(1, 10**6), signs=st.sampled_from(["", "-", "+", ".-", "_=/,"]))
def test_what_holds_of_any_local_part(local: str, keep: int, signs: str) -> None:
    """Parts are kept from the right, turned over as a whole, and joined by dots; capitals are escaped."""
    known = values(f"{local}@example.com")

    def filled(transformers: str, letter: str = "l") -> str:
        return expand(f"%{{{letter}{transformers}{signs}}}._x", known).removesuffix("._x")

    parts = re.split(f"[{re.escape(signs or '.')}]", local.lower())
    assert filled("") == ".".join(parts)
    assert filled("r") == ".".join(parts[::-1])
    assert filled(str(keep)) == ".".join(parts[-keep:])
    assert filled("", "L") == urllib.parse.quote(".".join(parts), safe="-._~").lower()


@pytest.mark.parametrize("digits", ["9" * 5000, "0" * 5000 + "2"])
def test_odd_numbers_end_nothing(digits: str) -> None:
    """They are of anybody."""
    assert expand(f"%{{d{digits}}}", values()) in {"email.example.com", "example.com"}
