"""Logical ids: frozen, readable, and different for different things."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproof.model.logical_ids import logical_id

LOGICAL_ID_LIMIT = 255  # CloudFormation

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
domains = st.lists(labels, min_size=1, max_size=5).map(".".join)
kinds = st.sampled_from(["Identity", "Records", "SharedRecords", "Dkim1", "MailFromMx", "Dmarc"])


@pytest.mark.parametrize(
    ("kind", "names", "expected"),
    [
        pytest.param("Identity", ["example.com"], "IdentityExampleCom19CB0CFC", id="identity"),
        pytest.param("Records", ["example.com"], "RecordsExampleComD9FE8AE5", id="group"),
        pytest.param("SharedRecords", ["a.example", "b.example"], "SharedRecordsAExampleBExample34B66418", id="two"),
        pytest.param("Dmarc", ["_dmarc.example.com"], "DmarcDmarcExampleComDF50A870", id="underscore"),
        pytest.param("Identity", ["xn--bcher-kva.example"], "IdentityXnBcherKvaExampleB149EE3D", id="a-label"),
        pytest.param("Identity", ["123.example"], "Identity123Example04A3E39A", id="digits"),
    ],
)
def test_an_id_never_changes(kind: str, names: list[str], expected: str) -> None:
    """A release that changed one would delete and re-create live identities and records."""
    assert expected == logical_id(kind, *names)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(("Identity", "a.bc.example"), ("Identity", "ab.c.example"), id="dots"),
        pytest.param(("Identity", "a-b.example"), ("Identity", "a.b.example"), id="hyphen"),
        pytest.param(("Identity", "_a.example"), ("Identity", "a.example"), id="underscore"),
        pytest.param(("Records", "a.example", "b.example"), ("Records", "b.example", "a.example"), id="order"),
        pytest.param(("Records", "a.example"), ("SharedRecords", "a.example"), id="kind"),
        pytest.param(("Records", "a" * 121 + ".example"), ("Records", "a" * 120 + ".example"), id="long"),
    ],
)
def test_what_reads_alike_differs(first: tuple[str, str], second: tuple[str, str]) -> None:
    """The hash tells apart what the readable part does not."""
    assert logical_id(*first) != logical_id(*second)


def test_the_longest_name_fits() -> None:
    """A name of 253 bytes makes an id that CloudFormation takes, with room for what CDK puts around it in outputs."""
    name = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert len("PublishOutputFnGetAttDkimDNSTokenValue1") + 8 + len(logical_id("Identity", name)) <= LOGICAL_ID_LIMIT


@given(kind=kinds, name=domains)
def test_letters_and_digits_only(kind: str, name: str) -> None:
    """CloudFormation takes nothing else."""
    assert re.fullmatch(r"[A-Za-z0-9]{1,255}", logical_id(kind, name))


@given(names=st.lists(st.tuples(kinds, domains), unique=True, min_size=2, max_size=20))
def test_different_things_have_different_ids(names: list[tuple[str, str]]) -> None:
    """No two kinds and domains meet."""
    assert len(names) == len({logical_id(kind, name) for kind, name in names})
