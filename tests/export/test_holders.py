"""Names are relative to the zone that really holds them, whatever the file calls a zone, in every format alike."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import dns.zone
import pytest

from mailproof.export.collect import RecordList, collect_records, names_to_write
from mailproof.export.files import build_files
from mailproof.export.formats import ExportFormat
from mailproof.export.holders import AT_ONCE, Holders, find_holders
from mailproof.export.selection import RecordSelection
from mailproof.live.answer import Absent, Answer, MxAnswer, NameAnswer, TxtAnswer, Unanswered
from tests.export.samples import FakeReader, environments

FILE = """
account: "111122223333"
regions: [eu-west-1]
zones:
  news.client.test: external
  shop.client.test: external
domains:
  - {name: news.client.test, dmarc: {policy: none}}
  - {name: shop.client.test}
"""
CLIENT = {"client.test": ("ns1.host.example",)}


class Dns:
    """Zones to their name servers; nobody answers for a name with None."""

    def __init__(self, zones: Mapping[str, tuple[str, ...] | None]) -> None:
        self.zones = zones
        self.asked: list[str] = []

    async def names(self, name: str, rdtype: str, *, checking_disabled: bool = False) -> NameAnswer:
        """Answer for NS and SOA alike."""
        self.asked.append(f"{name} {rdtype}{checking_disabled or ''}")
        servers = self.zones.get(name, ())
        return Unanswered("timeout") if servers is None else Answer(servers) if servers else Absent()

    async def mx(self, name: str) -> MxAnswer:
        """Nobody asks."""
        raise NotImplementedError

    async def txt(self, name: str) -> TxtAnswer:
        """Nobody asks."""
        raise NotImplementedError


def place(folder: Path, lookup: Dns, text: str = FILE) -> tuple[RecordList, Holders]:
    """List the records of a file, in the zones that hold them."""
    files, everything = environments(folder, prod=text), RecordSelection()
    holders = asyncio.run(find_holders(lookup, names_to_write(files, everything), files))
    return holders.place(collect_records(files, everything, FakeReader())), holders


def test_every_format_has_the_names_of_the_zone_above(tmp_path: Path) -> None:
    """Two zones of the file are one zone at the provider, and one file."""
    found, holders = place(tmp_path, Dns(CLIENT))
    names = {record.name_in_zone for record in found.records}
    assert {"bounce.eu-west-1.news", "bounce.eu-west-1.shop", "_dmarc.news"} < names
    assert {record.zone.name for record in found.records} == {"client.test"}
    assert list(holders.notes()) == [
        "news.client.test is part of zone client.test: names are relative to that",
        "shop.client.test is part of zone client.test: names are relative to that",
    ]
    zone = build_files(found, ExportFormat.ZONE, soa=True)
    assert list(zone) == ["client.test.zone"]
    assert len(dns.zone.from_text(zone["client.test.zone"], "client.test.").nodes) == len(names) + 1
    assert "\nbounce.eu-west-1.news:\n" in build_files(found, ExportFormat.OCTODNS, soa=True)["client.test.yaml"]
    csv = build_files(found, ExportFormat.CSV, soa=True)["records.csv"]
    assert "client.test,bounce.eu-west-1.news.client.test.,bounce.eu-west-1.news,MX," in csv
    assert '"relative_name": "bounce.eu-west-1.news"' in build_files(found, ExportFormat.JSON, soa=True)["records.json"]
    assert "zone_id_client_test" in build_files(found, ExportFormat.TERRAFORM, soa=True)["records.tf"]


def test_a_zone_of_its_own_stays_one(tmp_path: Path) -> None:
    """So does one that nobody has registered yet."""
    found, holders = place(tmp_path, Dns({"news.client.test": ("ns1.other.example",)}))
    assert {record.zone.name for record in found.records} == {"news.client.test", "shop.client.test"}
    assert list(holders.notes()) == []


def test_a_delegated_name_below_is_a_zone_too(tmp_path: Path) -> None:
    """Its servers, not those of the zone, answer for what lies in it; the name itself is its apex."""
    live = {"news.client.test": ("ns1.host.example",), **CLIENT}
    cuts = {"_domainkey.news.client.test": ("ns.vendor.example",), "_dmarc.news.client.test": ("ns.vendor.example",)}
    found, holders = place(tmp_path, Dns(live | cuts))
    by_zone = {(record.zone.name, record.name_in_zone) for record in found.records if "dkim" not in record.value}
    assert ("_dmarc.news.client.test", "@") in by_zone
    dkim = [record for record in found.records if record.name.endswith("._domainkey.news.client.test")]
    assert {record.zone.name for record in dkim} == {"_domainkey.news.client.test"}
    assert "_dmarc.news.client.test is a zone of its own, at other servers: names in it are relative to that" in list(
        holders.notes()
    )


def test_a_zone_of_the_file_that_holds_another_keeps_its_id(tmp_path: Path) -> None:
    """What the file calls external may lie in a hosted zone of ours."""
    text = FILE.replace("zones:", "zones:\n  client.test: {id: Z0CLIENT}")
    found, _ = place(tmp_path, Dns(CLIENT), text)
    assert {record.zone.id for record in found.records} == {"Z0CLIENT"}


def test_without_an_answer_it_is_the_zone_of_the_file(tmp_path: Path) -> None:
    """That is said; nothing is guessed."""
    found, holders = place(tmp_path, Dns({"news.client.test": None, **CLIENT}))
    assert {record.zone.name for record in found.records} == {"news.client.test", "client.test"}
    assert "news.client.test: whether it is a zone of its own is not known (timeout); names are relative to it" in list(
        holders.notes()
    )


def test_a_silent_resolver_is_not_waited_for_again_and_again(tmp_path: Path) -> None:
    """Each question takes its whole time."""
    names = [f"z{number}.test" for number in range(4 * AT_ONCE)]
    zones = "".join(f"  {name}: external\n" for name in names)
    domains = "".join(f"  - {{name: {name}}}\n" for name in names)
    lookup = Dns(dict.fromkeys(names))
    text = f'account: "111122223333"\nregions: [eu-west-1]\nzones:\n{zones}domains:\n{domains}'
    _, holders = place(tmp_path, lookup, text)
    assert len(lookup.asked) == 2 * AT_ONCE
    assert len(list(holders.notes())) == len(names)


@pytest.mark.parametrize("external", [True, False])
def test_zones_of_route_53_are_not_asked_for(tmp_path: Path, *, external: bool) -> None:
    """The file gives their id."""
    text = FILE if external else FILE.replace("external", "{id: Z0NEWS}", 1).replace("external", "{id: Z0SHOP}")
    lookup = Dns(CLIENT)
    place(tmp_path, lookup, text)
    assert bool(lookup.asked) is external
