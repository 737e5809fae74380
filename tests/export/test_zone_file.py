"""Tests of zone files, read back by dnspython."""

import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.zone
from hypothesis import given
from hypothesis import strategies as st

from mailproof.export.collect import RecordList
from mailproof.export.record import ExportRecord, by_zone
from mailproof.export.zone_file import build_zone_file, build_zone_files, rdata
from mailproof.model.dns_record import RecordType
from mailproof.model.domain import Zone
from mailproof.model.record_kind import DMARC


def _txt(text: str) -> ExportRecord:
    zone = Zone("example.com")
    return ExportRecord(zone, "x.example.com", RecordType.TXT, None, text, 1800, DMARC, "prod", "x.example.com", ())


def test_a_name_server_gets_every_record_and_no_other(found: RecordList) -> None:
    """A standalone file loads with SOA and NS, and holds exactly the records of its zone, absolute names once."""
    for zone, records in by_zone(found.records):
        loaded = dns.zone.from_text(build_zone_file(zone, records, soa=True), relativize=False)
        assert loaded.origin == dns.name.from_text(zone.name)
        kinds = {dns.rdatatype.SOA, dns.rdatatype.NS}
        live = {
            (name.to_text(), dns.rdatatype.to_text(data.rdtype), data.to_text())
            for name, _, data in loaded.iterate_rdatas()
            if data.rdtype not in kinds
        }
        assert live == {(record.full_name, str(record.type), rdata(record)) for record in records}


def test_a_fragment_has_neither_soa_nor_ns(found: RecordList) -> None:
    """What goes into a zone that exists must not replace the servers of it."""
    text = build_zone_files(found)
    assert " SOA " not in text
    assert " NS " not in text
    assert text.count("$ORIGIN ") == 3


def test_names_are_relative_and_hosts_absolute(found: RecordList) -> None:
    """A name without a dot is completed by the zone; a target has its dot, so that it is not."""
    zone, records = by_zone(found.records)[1]
    lines = [line.split() for line in build_zone_file(zone, records, soa=False).splitlines()]
    assert ["$ORIGIN", "partner.example."] in lines
    assert ["bounce.eu-west-1", "1800", "IN", "MX", "10", "feedback-smtp.eu-west-1.amazonses.com."] in lines


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=600))
def test_any_text_survives(text: str) -> None:
    """Quotes, backslashes, semicolons, bytes beyond ASCII and over 255 bytes reach the receiver unchanged."""
    zone_text = build_zone_file(Zone("example.com"), [_txt(text)], soa=True)
    data = dns.zone.from_text(zone_text, relativize=False).get_rdataset("x.example.com.", "TXT")
    assert data is not None
    assert b"".join(data[0].strings) == text.encode()
    assert max(map(len, data[0].strings)) <= 255
