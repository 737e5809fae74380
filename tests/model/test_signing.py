"""A domain signs as its value says: Easy DKIM, a key of its own that SES holds, or by itself."""

from dataclasses import replace

import pytest

from mailproof.export.collect import collect_records
from mailproof.export.dkim_reader import DkimAnswer
from mailproof.export.selection import RecordSelection
from mailproof.model.environment import Environment
from mailproof.model.own_key import OwnKey
from mailproof.model.placement import plan_stacks
from mailproof.model.records import domain_wide_records, expected_records
from mailproof.model.resources import build_identity, build_record_sets
from mailproof.model.signing import EASY_DKIM, EasyDkim, OwnKeyDkim, SelfSigning
from tests.model.keys import PUBLIC_KEY, SECRET, VERSION
from tests.model.reading import GOOD, read

REGIONS = ("us-east-1", "eu-west-1")
OWN = OwnKey("s1", PUBLIC_KEY, SECRET, VERSION, REGIONS)
KEY = f"v=DKIM1; k=rsa; p={PUBLIC_KEY}"
FILE = f"{GOOD}    mail_from: none\n"


class NobodyAsks:
    """Stands for SES, which has nothing to say of a key of the customer's."""

    def read(self, environment: Environment, domain: str, region: str) -> DkimAnswer:
        """Fail the test."""
        raise AssertionError(environment.name, domain, region)


def _with_own_key(*keys: OwnKey) -> Environment:
    found = read(FILE)
    signing = OwnKeyDkim(keys or (OWN,))
    return replace(found, domains=tuple(replace(domain, signing=signing) for domain in found.domains))


def test_easy_dkim_leaves_the_key_to_ses() -> None:
    """Without a length the identity has no property for signing."""
    assert EASY_DKIM.identity_properties("us-east-1") == {}
    attributes = {"NextSigningKeyLength": "RSA_1024_BIT"}
    assert EasyDkim(1024).identity_properties("us-east-1") == {"DkimSigningAttributes": attributes}


def test_an_own_key_has_one_record_for_all_regions() -> None:
    """The DNS stack holds it, once, whatever the number of regions."""
    own = _with_own_key()
    (domain,) = own.domains
    held = {plan.id.id: [r.name for h in plan.record_sets for r in h.records(())] for plan in plan_stacks(own)}
    assert held == {"dns": ["s1._domainkey.example.com"], "ses-us-east-1": [], "ses-eu-west-1": []}
    (record,) = build_record_sets(domain, domain_wide_records(domain)).values()
    assert record["Properties"]["ResourceRecords"] == [f'"{KEY[:255]}" "{KEY[255:]}"']


@pytest.mark.parametrize("region", REGIONS)
def test_an_own_key_is_given_to_ses(region: str) -> None:
    """The identity has its selector, and where the key is: in its own region, pinned to one version."""
    (identity,) = build_identity(_with_own_key().domains[0], region).values()
    arn = SECRET.replace("us-east-1", region)
    reference = f"{{{{resolve:secretsmanager:{arn}:SecretString:private_key::{VERSION}}}}}"
    attributes = {"DomainSigningSelector": "s1", "DomainSigningPrivateKey": reference}
    assert identity["Properties"]["DkimSigningAttributes"] == attributes


def test_regions_change_over_one_by_one() -> None:
    """Each signs with its key; the records of both are there, and one that is revoked has none in it."""
    old, new = replace(OWN, regions=("us-east-1",)), replace(OWN, selector="S2", regions=("eu-west-1",))
    (domain,) = _with_own_key(new, old).domains
    found = [domain.signing.identity_properties(region)["DkimSigningAttributes"] for region in REGIONS]
    assert [attributes["DomainSigningSelector"] for attributes in found] == ["s1", "S2"]
    records = {str(record.name): record.values for record in domain_wide_records(domain)}
    assert records == {"s2._domainkey.example.com": (KEY,), "s1._domainkey.example.com": (KEY,)}
    assert replace(old, is_revoked=True).record == "v=DKIM1; k=rsa; p="


def test_who_signs_by_himself_keeps_the_records_of_the_identity() -> None:
    """SES proves the domain by its three CNAMEs all the same, and adds no signature."""
    found = read(FILE)
    (domain,) = (replace(domain, signing=SelfSigning((OWN,))) for domain in found.domains)
    (identity,) = build_identity(domain, "us-east-1").values()
    assert identity["Properties"]["DkimAttributes"] == {"SigningEnabled": False}
    names = [str(record.name) for record in expected_records(domain, "us-east-1", [("t._domainkey.example.com", "t")])]
    assert names == ["t._domainkey.example.com", "s1._domainkey.example.com"]


def test_an_own_key_is_exported_without_asking_ses() -> None:
    """The file tells the record, so that no identity has to exist."""
    found = collect_records([_with_own_key()], RecordSelection(), NobodyAsks())
    assert [(row.name, row.type, row.value, row.kind.id) for row in found.records] == [
        ("s1._domainkey.example.com", "TXT", KEY, "dkim")
    ]
    assert found.gaps == ()
