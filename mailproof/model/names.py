"""
Host names, held lower-case, as A-labels, without a trailing dot.

A name loses its dot in :func:`parse_host_name` if a person wrote it, in :func:`host_name` if DNS or AWS did. It gets
one back in :func:`fully_qualified`, once, where it leaves for Route 53 or a zone file.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from mailproof.model.errors import InvalidValue

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

Text: TypeAlias = str | Mapping[str, Any]
"""A text known now, or a CloudFormation intrinsic such as ``{"Fn::GetAtt": […]}`` that becomes one at deployment."""

NAME_LIMIT_BYTES = 253  # RFC 1035 section 2.3.4 gives 255 on the wire: a length byte in front and the root behind
LABEL_LIMIT_BYTES = 63
LABEL = re.compile(r"_?[a-z0-9]([a-z0-9-]*[a-z0-9])?")  # RFC 1123 section 2.1; underscore in front: RFC 8552
IDNA_PREFIX = "xn--"
NO_HOST_NAME = "is not a host name"
# Nearly every name: held already as it is written. Saves loading and calling the library for thousands of them.
PLAIN_NAME = re.compile(r"(?=.{1,253}\Z)(_?[a-z0-9](-?[a-z0-9]){0,30}\.)*_?[a-z0-9](-?[a-z0-9]){0,30}")
SHORTEST_SENDING_DOMAIN_LABELS = 2
DKIM_LABEL = "._domainkey."
DMARC_LABEL = "_dmarc."
DKIM_PREFIX_BYTES = len(DKIM_LABEL) + 32  # an Easy DKIM token has 32 characters
SENDING_DOMAIN_LIMIT_BYTES = NAME_LIMIT_BYTES - DKIM_PREFIX_BYTES
PARKED_DOMAIN_LIMIT_BYTES = NAME_LIMIT_BYTES - len(f"*{DKIM_LABEL}")


def parse_host_name(text: str) -> str:
    """
    Read a host name as a person writes it.

    Args:
        text: For example ``Example.COM.``, ``bücher.example`` or ``_dmarc.example.com``.

    Returns:
        Lower-case A-labels without a trailing dot.

    Raises:
        InvalidValue: It is not a host name.

    Source: RFC 1035 section 2.3, RFC 5891, RFC 8552
    """
    if PLAIN_NAME.fullmatch(text):
        return text
    if any(sign in text for sign in "\\@/:* \t\n"):
        raise InvalidValue(NO_HOST_NAME, text, "write the bare name, such as 'example.com'")
    import dns.name  # noqa: PLC0415 -- see PLAIN_NAME

    try:
        name = dns.name.from_text(text, idna_codec=dns.name.IDNA_2008_Practical).to_text(omit_final_dot=True).lower()
    except dns.name.LabelTooLong as err:
        raise InvalidValue("has a label of over 63 bytes", text, "shorten it") from err
    except dns.name.NameTooLong as err:
        raise InvalidValue(f"is longer than {NAME_LIMIT_BYTES} bytes", text, "shorten it") from err
    except dns.name.EmptyLabel as err:
        raise InvalidValue("has an empty label", text, "remove the extra dot") from err
    except (dns.exception.DNSException, UnicodeError) as err:
        raise InvalidValue(NO_HOST_NAME, text, "write the bare name, such as 'example.com'") from err
    if name in {".", "@"}:
        raise InvalidValue(NO_HOST_NAME, text, "write the bare name, such as 'example.com'")
    for label in name.split("."):
        _check_label(label, text)
    return name


def host_name(text: str) -> str:
    """Return a name from outside, an answer of DNS or AWS say, as we hold names; it is not judged."""
    return text.lower().removesuffix(".")


def identity_name(text: str) -> str:
    """Return an identity's name: the local part of an address as it was typed, the domain as we hold names."""
    local, at, domain = text.rpartition("@")
    return f"{local}{at}{host_name(domain)}"


def dkim_name(selector: str, domain: str) -> str:
    """
    Return the name of a DKIM record.

    Source: RFC 6376 section 3.6.2.1
    """
    return f"{selector}{DKIM_LABEL}{domain}"


def dkim_subdomain(domain: str) -> str:
    """Return the subdomain of a domain in which all of its DKIM records lie."""
    return dkim_name("", domain).removeprefix(".")


def dmarc_name(domain: str) -> str:
    """
    Return the name of a DMARC record.

    Source: RFC 9989 section 4.10
    """
    return f"{DMARC_LABEL}{domain}"


def dmarc_domain(name: str) -> str:
    """Return the domain whose DMARC record has a name; empty if it is not that of a DMARC record."""
    return name.removeprefix(DMARC_LABEL) if name.startswith(DMARC_LABEL) else ""


def is_host_name(name: str) -> bool:
    """Tell whether a name from outside, held as we hold names, can be one: nothing else enters a zone file."""
    labels = name.split(".")
    return len(name) <= NAME_LIMIT_BYTES and all(
        len(label) <= LABEL_LIMIT_BYTES and LABEL.fullmatch(label) for label in labels
    )


def _check_label(label: str, text: str) -> None:
    if not LABEL.fullmatch(label):
        raise InvalidValue(
            f"has the label {label!r}, which a mail name cannot have",
            text,
            "use letters, digits and hyphens, no hyphen first or last, an underscore only first",
        )
    if label[2:4] == "--" and not label.startswith(IDNA_PREFIX):  # RFC 5891 section 4.2.3.1
        raise InvalidValue(f"has hyphens as third and fourth character of {label!r}", text, "only 'xn--' may have them")
    if label.startswith(IDNA_PREFIX) and not _is_internationalised(label.removeprefix(IDNA_PREFIX)):
        what = f"has the label {label!r}, which is not an internationalised label"
        raise InvalidValue(what, text, "write its letters")


def _is_internationalised(punycode: str) -> bool:
    """
    Tell whether an A-label stands for a text that a person can have written.

    Emoji are let through, unlike in a U-label: IDNA 2008 forbids them, and registries have given such names out.
    """
    try:
        text = punycode.encode().decode("punycode")
    except UnicodeError:
        return False
    kinds = {unicodedata.category(sign) for sign in text}
    return not text.isascii() and kinds.isdisjoint({"Cc", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})


def unicode_name(name: str) -> str:
    """Return a name as people write it, for reading; labels that cannot be shown so stay as they are."""
    return ".".join(map(_unicode_label, name.split("."))) if IDNA_PREFIX in name else name


def shown_name(name: str) -> str:
    """Return a name as people write it, with the one that DNS holds beside it if that is another."""
    shown = unicode_name(name)
    return name if shown == name else f"{shown} ({name})"


def _unicode_label(label: str) -> str:
    punycode = label.removeprefix(IDNA_PREFIX)
    if punycode == label or not _is_internationalised(punycode):
        return label
    text = punycode.encode().decode("punycode")
    return text if text.isprintable() else label


def parse_internet_name(text: str) -> str:
    """
    Read the host name of a mail domain.

    Raises:
        InvalidValue: It is not a host name, or an IP address: no top-level domain is all digits.

    Source: RFC 3696 section 2
    """
    name = parse_host_name(text)
    if name.rpartition(".")[2].isdecimal():
        raise InvalidValue("ends in a number, as IP addresses do", text, "write the name of a domain")
    return name


def parse_sending_domain(text: str) -> str:
    """
    Read the name of a sending domain: a host name that somebody can own.

    Raises:
        InvalidValue: It is an IP address, a public suffix such as ``co.uk``, too long for Easy DKIM, or no host name.
    """
    name = parse_parked_domain(text)
    if len(name) > SENDING_DOMAIN_LIMIT_BYTES:
        what = f"leaves no room for its DKIM records, whose names are {DKIM_PREFIX_BYTES} bytes longer"
        raise InvalidValue(what, text, f"use at most {SENDING_DOMAIN_LIMIT_BYTES} bytes")
    return name


def parse_parked_domain(text: str) -> str:
    """
    Read the name of a domain that sends nothing: a host name that somebody can own.

    Raises:
        InvalidValue: It is an IP address, a public suffix, leaves no room for its records, or is not a host name.
    """
    name = parse_internet_name(text)
    if len(name) > PARKED_DOMAIN_LIMIT_BYTES:
        what = "leaves no room for its records, whose names are longer"
        raise InvalidValue(what, text, f"use at most {PARKED_DOMAIN_LIMIT_BYTES} bytes")
    if name.count(".") + 1 < SHORTEST_SENDING_DOMAIN_LABELS or public_suffixes(name).is_public(name):
        raise InvalidValue("is a public suffix, not a sending domain", text, "write the domain that you own below it")
    return name


def public_suffixes(name: str) -> "PublicSuffixList":
    """Return the public suffixes that registries run (ICANN section), as a name is looked up in them."""
    return _public_suffixes(has_a_labels="xn--" in name)


@cache
def _public_suffixes(*, has_a_labels: bool) -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 -- only a check of names needs it

    # Encoding the list for A-labels takes longer than reading it.
    return PublicSuffixList(only_icann=True, accept_encoded_idn=has_a_labels)


def is_within(name: str, parent: str) -> bool:
    """Tell whether a name equals another or lies below it, on a label boundary: ``notexample.com`` does not."""
    return name == parent or name.endswith(f".{parent}")


def names_between(name: str, zone: str) -> list[str]:
    """List the names below a zone on the way to a name, the highest first and the name itself last."""
    labels = name.removesuffix(f".{zone}").split(".") if is_within(name, zone) and name != zone else []
    return [".".join([*labels[start:], zone]) for start in reversed(range(len(labels)))]


def longest_containing(name: str, candidates: Mapping[str, Any]) -> str | None:
    """Return the longest of the candidate names that contains a name, if any."""
    while name not in candidates:
        _, dot, name = name.partition(".")
        if not dot:
            return None
    return name


def fully_qualified(name: Text) -> Text:
    """
    Give a name its trailing dot: the only place that does.

    Without it a DNS host appends its zone: ``x.example.com`` becomes ``x.example.com.example.com``.

    Args:
        name: Held without a dot; a literal, a CDK token in a string, or an intrinsic.

    Source: RFC 1035 section 5.1
    """
    return f"{name}." if isinstance(name, str) else {"Fn::Join": ["", [name, "."]]}
