"""What a faulty DMARC record becomes: readable, as it was meant, and no stricter than that."""

import pytest

from mailproof.live.dmarc_repair import repair_dmarc
from mailproof.live.dmarc_text import is_dmarc, parse_dmarc
from mailproof.model.dmarc import Dmarc, DmarcPolicy


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("v=DMARC1; p:reject; rua=mailto:d@example.com", "p=reject; rua=mailto:d@example.com"),
        ("v=dmarc1; p=none", "p=none"),
        ("p=quarantine; v=DMARC1", "p=quarantine"),
        (
            "v=DMARC1, p=none, rua=mailto:a@example.com,mailto:b@example.com",
            "p=none; rua=mailto:a@example.com,mailto:b@example.com",
        ),
        ("v=DMARC1; p=reject rua=mailto:d@example.com", "p=reject; rua=mailto:d@example.com"),
        ("v=DMARC1; p=reject; P=none", "p=reject"),
        ("v=DMARC1; p=quarantined; np=all", "p=quarantine"),
        ("v=DMARC1; p=monitor", "p=none"),
        ("v=DMARC1; sp=reject; rua=d@example.com", "p=none; sp=reject; rua=mailto:d@example.com"),
        ("v=DMARC1; p=none; rua=https://example.com/x", "p=none"),
        (
            "v=DMARC1; p=none; rua=mailto:a@example.com mailto:b@example.com",
            "p=none; rua=mailto:a@example.com,mailto:b@example.com",
        ),
        ("v=DMARC1; p=reject; pct=25; ri=3600; rf=afrf; fo=1:d:s; x=y", "p=reject; fo=1:d:s; t=y; x=y"),
        ("v=DMARC1; p=none; pct=25", "p=none"),
        ("v=DMARC1; p=none; adkim=s; aspf=s", "p=none; adkim=s"),
        ("v=DMARC1; p=none; rua=<mailto:a@example.com>", "p=none; rua=mailto:a@example.com"),
        (
            "v=DMARC1; p=none; rua=mailto:a@example.com;mailto:b@example.com",
            "p=none; rua=mailto:a@example.com,mailto:b@example.com",
        ),
        ("v=DMARC1; p=reject; x=`id`; pct=20", "p=reject; t=y"),
        ('v=DMARC1; p="reject"', "p=reject"),
        ("dmarc1 is what we want", "p=none"),
    ],
)
def test_only_the_fault_is_repaired(text: str, repaired: str) -> None:
    """What is not a fault stays; a policy that nobody can read becomes the one that harms nothing."""
    found = repair_dmarc(text, None, {"aspf"})
    assert found == f"v=DMARC1; {repaired}"
    assert is_dmarc(found)
    assert parse_dmarc(found).fault is None


def test_strict_alignment_stays_where_nothing_below_the_domain_sends() -> None:
    """It harms SPF only where the MAIL FROM name is below the domain."""
    assert repair_dmarc("v=DMARC1; p=none; aspf=s", None) == "v=DMARC1; p=none; aspf=s"


def test_what_the_file_asks_for_takes_the_place_of_what_is_there() -> None:
    """Policy and receivers of reports; other tags are free."""
    wanted = Dmarc(DmarcPolicy.REJECT, reports=("d@example.com",))
    assert (
        repair_dmarc("v=DMARC1; p=none; fo=1; rua=mailto:x@example.com", wanted)
        == "v=DMARC1; p=reject; rua=mailto:d@example.com; fo=1"
    )
