"""Tests of what is exported, in which order, and what is left out."""

from pathlib import Path

from mailproof.export.collect import RecordList, collect_records, identities_to_ask
from mailproof.export.dkim_reader import DkimAnswer, DkimState
from mailproof.export.selection import RecordSelection
from mailproof.model.record_kind import DKIM, MAIL_FROM_MX, MAIL_FROM_SPF
from tests.export.samples import FakeReader, environments, known

MISSING = DkimAnswer(DkimState.MISSING, reason="there is no such identity")
UNKNOWN = DkimAnswer(DkimState.UNKNOWN, reason="SES could not be asked: AccessDeniedException")
OWN_KEY = DkimAnswer(DkimState.OWN_KEY, reason="it signs with a key of its owner")


def test_records_come_by_zone_name_type_and_value(found: RecordList) -> None:
    """The order does not depend on the order of the file or on which answer came first."""
    keys = [record.sort_key for record in found.records]
    assert keys == sorted(keys)
    assert [record.zone.name for record in found.records][:1] == ["example.com"]


def test_a_record_of_all_regions_comes_once(found: RecordList) -> None:
    """A MAIL FROM name that two regions share has one MX, which serves all of them."""
    shared = [record for record in found.records if record.name == "bounce.example.com"]
    assert [(record.kind, record.preference, record.regions) for record in shared] == [
        (MAIL_FROM_MX, 10, ()),
        (MAIL_FROM_SPF, None, ()),
    ]


def test_every_region_has_dkim_records_of_its_own(found: RecordList) -> None:
    """Tokens differ by region: six records for two regions."""
    dkim = [record for record in found.records if record.domain == "example.com" and record.kind is DKIM]
    assert sorted(record.regions for record in dkim) == [("eu-west-1",)] * 3 + [("us-east-1",)] * 3


def test_a_replica_with_the_tokens_of_its_parent_adds_no_record(tmp_path: Path) -> None:
    """Two regions with the same tokens share three records, which name both."""
    answer = known("example.com", "parent")
    reader = FakeReader({("example.com", region): answer for region in ("us-east-1", "eu-west-1")})
    found = collect_records(environments(tmp_path), RecordSelection(domains=frozenset({"example.com"})), reader)
    dkim = [record for record in found.records if record.kind is DKIM]
    assert [record.regions for record in dkim] == [("us-east-1", "eu-west-1")] * 3


def test_a_missing_identity_leaves_its_other_records(tmp_path: Path) -> None:
    """Without tokens the MAIL FROM and DMARC records are known all the same; the exit code says it is wrong."""
    reader = FakeReader({("news.example.com", "eu-west-1"): MISSING})
    found = collect_records(environments(tmp_path), RecordSelection(domains=frozenset({"news.example.com"})), reader)
    assert [record.kind for record in found.records] == [MAIL_FROM_MX, MAIL_FROM_SPF]
    assert [str(gap) for gap in found.gaps] == ["prod: news.example.com in eu-west-1: there is no such identity"]
    assert (found.exit_code, found.is_partial) == (1, True)


def test_an_unanswered_question_is_not_a_missing_identity(tmp_path: Path) -> None:
    """What could not be asked gives exit code 3, and 1 if something else is missing."""
    reader = FakeReader({("news.example.com", "eu-west-1"): UNKNOWN})
    found = collect_records(environments(tmp_path), RecordSelection(), reader)
    assert (found.exit_code, found.is_partial) == (3, True)
    reader.answers["example.com", "eu-west-1"] = MISSING
    assert collect_records(environments(tmp_path), RecordSelection(), reader).exit_code == 1


def test_an_identity_with_a_key_of_its_owner_is_complete(tmp_path: Path) -> None:
    """SES has no CNAME to name for it: nothing is partial, but it is said."""
    reader = FakeReader({("news.example.com", "eu-west-1"): OWN_KEY})
    found = collect_records(environments(tmp_path), RecordSelection(), reader)
    assert (found.exit_code, found.is_partial, len(found.gaps)) == (0, False, 1)


def test_external_takes_only_zones_of_other_providers(tmp_path: Path) -> None:
    """SES is not even asked about identities whose zone is deployed."""
    reader = FakeReader()
    found = collect_records(environments(tmp_path), RecordSelection(external=True), reader)
    assert {record.zone.name for record in found.records} == {"partner.example", "xn--bcher-kva.example"}
    assert {domain for _, domain, _ in reader.asked} == {"partner.example", "xn--bcher-kva.example"}


def test_a_zone_holds_report_records_of_domains_elsewhere(tmp_path: Path) -> None:
    """That example.com takes the reports of partner.example is a record of the zone example.com."""
    found = collect_records(environments(tmp_path), RecordSelection(zones=frozenset({"example.com"})), FakeReader())
    assert "partner.example._report._dmarc.example.com" in {record.name for record in found.records}


def test_a_region_narrows_what_serves_one_region(tmp_path: Path) -> None:
    """Records that serve all regions stay, since they serve that one too."""
    selection = RecordSelection(regions=frozenset({"us-east-1"}), domains=frozenset({"example.com"}))
    found = collect_records(environments(tmp_path), selection, FakeReader())
    assert {record.regions for record in found.records} == {("us-east-1",), ()}


def test_every_identity_that_is_asked_for_is_counted_once(tmp_path: Path) -> None:
    """The progress bar ends where it should."""
    steps: list[int] = []
    chosen = RecordSelection(zones=frozenset({"example.com"}))
    found = environments(tmp_path)
    collect_records(found, chosen, FakeReader(), lambda: steps.append(1))
    assert len(steps) == len(identities_to_ask(found, chosen)) == 3
