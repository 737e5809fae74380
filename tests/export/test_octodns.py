"""Tests of octoDNS YAML, read by octoDNS itself."""

import logging
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from natsort import natsorted
from octodns.manager import Manager  # type: ignore[import-untyped]
from octodns.provider.base import BaseProvider  # type: ignore[import-untyped]
from octodns.provider.yaml import YamlProvider  # type: ignore[import-untyped]
from octodns.record import Record  # type: ignore[import-untyped]
from octodns.zone import Zone as OctoZone  # type: ignore[import-untyped]

from mailproof.export.collect import RecordList
from mailproof.export.formats import ExportFormat
from mailproof.export.octodns import build_octodns, natural_key
from mailproof.export.record import ExportRecord, by_zone
from mailproof.export.write import write_export
from mailproof.model.dns_record import RecordType
from mailproof.model.domain import Zone
from mailproof.model.record_kind import DMARC

ROOT = Path(__file__).parents[2]


def _populate(folder: Path, zone: str) -> list[Any]:
    provider = YamlProvider("test", str(folder), escaped_semicolons=True)
    loaded = OctoZone(f"{zone}.", [])
    provider.populate(loaded)
    return sorted(loaded.records, key=lambda record: (record.name, record._type))  # noqa: SLF001 -- its only name


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_octodns_validates_and_reads_every_record(found: RecordList, tmp_path: Path) -> None:
    """The provider, strict about order and values, finds each name and type once, umlaut zones included."""
    folder = tmp_path / "out"
    write_export(found, ExportFormat.OCTODNS, folder, soa=True)
    for zone, records in by_zone(found.records):
        live = {(record.name, record._type) for record in _populate(folder, zone.name)}  # noqa: SLF001 -- see above
        assert live == {(record.name_in_zone, str(record.type)) for record in records}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_values_are_what_dns_will_hold(found: RecordList, tmp_path: Path) -> None:
    """Hosts are absolute, the preference is apart, and a semicolon is escaped once."""
    write_export(found, ExportFormat.OCTODNS, tmp_path / "out", soa=True)
    values = {(record.name, record._type): record.data for record in _populate(tmp_path / "out", "example.com")}  # noqa: SLF001 -- see above
    assert str(values["bounce", "MX"]["value"]).strip("'") == "10 feedback-smtp.us-east-1.amazonses.com."
    assert values["_dmarc", "TXT"]["value"] == "v=DMARC1\\; p=reject\\; rua=mailto:dmarc@example.com"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_long_text_is_one_value(tmp_path: Path) -> None:
    """OctoDNS splits a text over 255 bytes itself."""
    text = "v=DMARC1; p=none; rua=" + ",".join(f"mailto:reports-{number}@example.com" for number in range(20))
    zone = Zone("example.com")
    record = ExportRecord(
        zone, "_dmarc.example.com", RecordType.TXT, None, text, 1800, DMARC, "prod", "example.com", ()
    )
    (tmp_path / "example.com.yaml").write_text(build_octodns(zone, [record]))
    (live,) = _populate(tmp_path, "example.com")
    assert live.values == [text.replace(";", "\\;")]


@given(st.lists(st.from_regex(r"_?[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?(\.[a-z0-9]{1,4})?", fullmatch=True), unique=True))
def test_names_are_in_the_order_that_octodns_demands(names: list[str]) -> None:
    """Digits count as numbers: ``a2`` comes before ``a10``."""
    assert sorted(names, key=natural_key) == natsorted(names)


class MemoryProvider(BaseProvider):  # type: ignore[misc]  # octoDNS has no types
    """A DNS provider whose zone is a list of records."""

    log = logging.getLogger("memory")
    SUPPORTS_GEO = False
    SUPPORTS = frozenset({"A", "CNAME", "MX", "TXT"})
    live: ClassVar[list[tuple[str, dict[str, Any]]]] = []

    def populate(self, zone: Any, target: bool = False, lenient: bool = False) -> bool:  # noqa: ARG002, FBT001, FBT002 -- octoDNS's
        """Add what is live."""
        for name, data in self.live:
            zone.add_record(Record.new(zone, name, data, source=self), lenient=True)
        return bool(self.live)

    def _apply(self, plan: Any) -> None:
        gone = {(change.existing.name, change.existing._type) for change in plan.changes if change.existing}  # noqa: SLF001 -- its only name
        kept = [(name, data) for name, data in self.live if (name, data["type"]) not in gone]
        made = [(c.new.name, {"type": c.new._type, **c.new.data}) for c in plan.changes if c.new]  # noqa: SLF001 -- see above
        type(self).live = kept + made


OTHERS = [
    ("", {"type": "A", "ttl": 300, "values": ["192.0.2.1"]}),
    ("", {"type": "MX", "ttl": 300, "values": [{"exchange": "mx.example.net.", "preference": 5}]}),
    ("", {"type": "TXT", "ttl": 300, "values": ["v=spf1 -all", "other"]}),
    *((f"host{number}", {"type": "A", "ttl": 300, "values": ["192.0.2.2"]}) for number in range(20)),
    ("google._domainkey", {"type": "TXT", "ttl": 300, "values": ["v=DKIM1\\; p=abc"]}),
]


def _sync(folder: Path, config: dict[str, Any]) -> None:
    (folder / "octodns.yaml").write_text(yaml.safe_dump(config))
    Manager(str(folder / "octodns.yaml")).sync(dry_run=False)


@pytest.mark.filterwarnings("ignore")
def test_a_sync_as_the_page_shows_keeps_every_other_record(found: RecordList, tmp_path: Path) -> None:
    """Twice, and after a record has left the file: what mailproof did not make stays, what it made follows."""
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    config = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    config["providers"]["mail"]["directory"] = str(tmp_path / "config")
    config["providers"]["dns"] = {"class": f"{__name__}.MemoryProvider"}
    MemoryProvider.live = list(OTHERS)
    (zone, records) = next(group for group in by_zone(found.records) if group[0].name == "partner.example")
    for wanted in (records, records, records[1:]):
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config" / "partner.example.yaml").write_text(build_octodns(zone, wanted))
        _sync(tmp_path, config)
        live = [one for one in MemoryProvider.live if not one[0].startswith("_owner.")]
        assert [one for one in OTHERS if one not in live] == []
        made = {(name, data["type"]) for name, data in live} - {(name, data["type"]) for name, data in OTHERS}
        assert made == {(record.name_in_zone, str(record.type)) for record in wanted}


def test_the_file_says_that_it_is_one_source_among_others(found: RecordList) -> None:
    """To whoever opens it without the page."""
    zone, records = by_zone(found.records)[0]
    assert "# One source among others: octoDNS deletes every record" in build_octodns(zone, records)
