"""A domain signs as its value says: another way to sign is one class, and nothing else changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mailproof.export.collect import collect_records
from mailproof.export.dkim_reader import DkimAnswer
from mailproof.export.selection import RecordSelection
from mailproof.model.dns_record import DkimPair, Owner, RecordType
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.model.records import domain_wide_records
from mailproof.model.resources import build_identity, build_record_sets
from mailproof.model.signing import EASY_DKIM, EasyDkim, KeyRecord
from tests.model.reading import GOOD, read

KEY = "v=DKIM1; k=rsa; p=MIIB"
SECRET = "{{resolve:secretsmanager:dkim}}"
FILE = f"{GOOD}    mail_from: none\n"


@dataclass(frozen=True)
class OwnKey:
    """A key of the customer's that serves every region of the domain."""

    selector: str
    key_length: int | None = 2048
    owner: Owner = Owner.DOMAIN
    needs_tokens: bool = False

    def records(self, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:  # noqa: ARG002 -- of the protocol
        """List the key record."""
        return [KeyRecord(f"{self.selector}._domainkey.{domain}", RecordType.TXT, KEY)]

    def ses_attributes(self) -> Mapping[str, Any]:
        """Return selector and key."""
        return {"DomainSigningSelector": self.selector, "DomainSigningPrivateKey": SECRET}


class NobodyAsks:
    """Stands for SES, which has nothing to say of a key of the customer's."""

    def read(self, environment: Environment, domain: str, region: str) -> DkimAnswer:
        """Fail the test."""
        raise AssertionError(environment.name, domain, region)


def _with_own_key() -> Environment:
    found = read(FILE)
    return replace(found, domains=tuple(replace(domain, signing=OwnKey("s1")) for domain in found.domains))


def test_easy_dkim_leaves_the_key_to_ses() -> None:
    """Without a length the identity has no property for signing."""
    assert EASY_DKIM.ses_attributes() == {}
    assert EasyDkim(1024).ses_attributes() == {"NextSigningKeyLength": "RSA_1024_BIT"}


def test_an_own_key_has_one_record_for_all_regions() -> None:
    """The DNS stack holds it, once, whatever the number of regions."""
    own = _with_own_key()
    (domain,) = own.domains
    held = {plan.id.id: [r.name for h in plan.record_sets for r in h.records(())] for plan in plan_stacks(own)}
    assert held == {"dns": ["s1._domainkey.example.com"], "ses-us-east-1": [], "ses-eu-west-1": []}
    (record,) = build_record_sets(domain, domain_wide_records(domain)).values()
    assert record["Properties"]["ResourceRecords"] == [f'"{KEY}"']


def test_an_own_key_is_given_to_ses() -> None:
    """The identity has its selector."""
    (identity,) = build_identity(_with_own_key().domains[0], "us-east-1").values()
    assert identity["Properties"]["DkimSigningAttributes"]["DomainSigningSelector"] == "s1"


def test_an_own_key_is_exported_without_asking_ses() -> None:
    """The file tells the record, so that no identity has to exist."""
    found = collect_records([_with_own_key()], RecordSelection(), NobodyAsks())
    assert [(row.name, row.type, row.value, row.kind.id) for row in found.records] == [
        ("s1._domainkey.example.com", "TXT", KEY, "dkim")
    ]
    assert found.gaps == ()
