"""Tests of octoDNS YAML, read by octoDNS itself."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from natsort import natsorted
from octodns.provider.yaml import YamlProvider  # type: ignore[import-untyped]
from octodns.zone import Zone as OctoZone  # type: ignore[import-untyped]

from mailproof.export.collect import RecordList
from mailproof.export.formats import ExportFormat
from mailproof.export.octodns import build_octodns, natural_key
from mailproof.export.record import ExportRecord, by_zone
from mailproof.export.write import write_export
from mailproof.model.dns_record import RecordType
from mailproof.model.domain import Zone
from mailproof.model.record_kind import DMARC


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
