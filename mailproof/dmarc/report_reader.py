"""
Read the XML of an aggregate report with parsedmarc, after rejecting what it would misread.

parsedmarc mends broken XML without a word, drops records that it cannot read, takes negative counts, and stumbles over
byte order marks and namespace prefixes. So the XML is read strictly first, handed on in plain form, and counted again.
parsedmarc asks nobody: neither DNS nor a web server.

Source: RFC 9990, "Aggregate Report" XML schema
"""

import ipaddress
import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

from mailproof.dmarc.aggregate import Record, Report, Verdict
from mailproof.dmarc.report_files import NoReportError, Packed, Unread
from mailproof.model.names import host_name
from mailproof.model.safe_text import visible

ELEMENTS_LIMIT = 3_000_000  # 100,000 records have two and a half
XML_DEPTH_LIMIT = 32  # a report has five
NO_SPLIT_HOURS = 1e9  # parsedmarc would invent figures per day for longer periods
RECORDS_AT_ONCE = 1_000
LAST_SECOND = 4_102_444_800  # 2100
TEXT_LIMIT = 255


def read_report(packed: Packed) -> Report | Unread:
    """Read one report; whatever is wrong with it, the outcome says so."""
    try:
        return _read(packed.place, _parse(packed.data))
    except NoReportError as err:
        return Unread(packed.place, str(err))
    except Exception as err:  # noqa: BLE001 -- whatever a hostile report makes the libraries raise costs itself alone
        return Unread(packed.place, f"is not an aggregate report: {visible(str(err))[:TEXT_LIMIT]}")


def _read(place: str, root: ET.Element) -> Report:
    begin, end = _period(root)
    declared = len(root.findall("record"))
    _complete(root)
    parts = list(_parse_parts(root))
    found = parts[0]
    published = found["policy_published"]
    return Report(
        place=place,
        organisation=_text(root, "report_metadata/org_name") or _shown(found["report_metadata"]["org_name"]),
        id=_text(root, "report_metadata/report_id"),
        domain=host_name(_text(root, "policy_published/domain")),
        begin=begin,
        end=end,
        policy=_shown(published["p"]).lower(),
        testing=_shown(published["testing"]).lower(),
        records=tuple(record for part in parts for record in _records(part["records"])),
        declared=declared,
    )


class _Builder(ET.TreeBuilder):
    """Builds a tree without namespaces, and refuses what no report needs."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def start(self, tag: Any, attrs: Any) -> ET.Element:
        self._depth += 1
        self._count += 1
        if self._depth > XML_DEPTH_LIMIT:
            raise NoReportError(f"is XML nested deeper than {XML_DEPTH_LIMIT} levels")
        if self._count > ELEMENTS_LIMIT:
            raise NoReportError(f"is XML of over {ELEMENTS_LIMIT:,} elements")
        del attrs  # a report has none that says anything
        return super().start(_local(tag), {})

    def end(self, tag: Any) -> ET.Element:
        self._depth -= 1
        return super().end(_local(tag))

    def doctype(self, *_: Any) -> None:
        """Refuse what entities need to be declared."""
        raise NoReportError("is XML with a DOCTYPE, which no report has")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _parse(data: bytes) -> ET.Element:
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 -- without a DOCTYPE, which is refused, nothing expands
    try:
        parser.feed(data.lstrip() if data[:1].isspace() else data)
        root = parser.close()
    except ET.ParseError as err:
        raise NoReportError(f"is not well-formed XML: {err}") from err
    if root.tag != "feedback":
        raise NoReportError(f"is XML of another kind: {visible(str(root.tag))[:TEXT_LIMIT]}")
    return root


def _complete(root: ET.Element) -> None:
    """Add what may be missing and parsedmarc needs."""
    metadata = root.find("report_metadata")
    if metadata is not None and metadata.find("email") is None:
        ET.SubElement(metadata, "email")
    for record in root.findall("record"):
        if record.find("auth_results") is None:
            ET.SubElement(record, "auth_results")


def _period(root: ET.Element) -> tuple[int, int]:
    begin, end = (_text(root, f"report_metadata/date_range/{name}").partition(".")[0] for name in ("begin", "end"))
    if not (begin.isdecimal() and end.isdecimal() and int(begin) <= int(end) <= LAST_SECOND):
        raise NoReportError(f"has no period that can be read: {begin or 'nothing'} to {end or 'nothing'}")
    return int(begin), int(end)


def _text(root: ET.Element, path: str) -> str:
    found = root.findtext(path)
    return _shown(found.strip()) if found else ""


def _shown(value: object) -> str:
    return visible(str(value))[:TEXT_LIMIT] if value else ""


@cache
def _reader() -> Any:
    """Import parsedmarc, which takes as long as all the rest, and switch off all that it asks others for."""
    import parsedmarc  # noqa: PLC0415 -- an extra
    from parsedmarc.config import ParserConfig  # noqa: PLC0415

    logging.getLogger("parsedmarc").setLevel(logging.CRITICAL)  # what it drops is counted here
    config = ParserConfig(offline=True, always_use_local_files=True, normalize_timespan_threshold_hours=NO_SPLIT_HOURS)
    return lambda xml: parsedmarc.parse_aggregate_report_xml(xml, config=config)


def _parsedmarc(xml: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _reader()(xml)
    return found


def _parse_parts(root: ET.Element) -> Iterator[Mapping[str, Any]]:
    """
    Hand a report to parsedmarc some records at a time: it holds each text several times over.

    A record that is alone, and that it cannot read, makes it refuse the whole; here it costs its part.
    """
    records = root.findall("record")
    head = [part for part in root if part.tag != "record"]
    refused: Exception | None = None
    is_read = False
    for start in range(0, len(records), RECORDS_AT_ONCE):
        part = records[start : start + RECORDS_AT_ONCE]
        root[:] = [*head, *part]
        try:
            yield _parsedmarc(ET.tostring(root, encoding="unicode"))
            is_read = True
        except Exception as err:  # noqa: BLE001 -- as in read_report
            refused = err
    if not is_read:
        raise refused or NoReportError("has no record")


def _records(records: Sequence[Mapping[str, Any]]) -> Iterator[Record]:
    for record in records:
        try:
            address = _address(record["source"]["ip_address"])
        except ValueError:
            continue
        if record["count"] >= 0:
            results = record["auth_results"]
            yield Record(
                address=address,
                count=record["count"],
                header_from=_domain(record["identifiers"]["header_from"]),
                dkim_aligned=record["alignment"]["dkim"],
                spf_aligned=record["alignment"]["spf"],
                dkim=tuple(_verdict(one) for one in results["dkim"]),
                spf=tuple(_verdict(one) for one in results["spf"]),
                network=_shown(record["source"]["as_name"] or record["source"]["name"]),
            )


def _address(text: str) -> str:
    """Write an address in its one spelling."""
    found = ipaddress.ip_address(text)
    return str((found.version == 6 and found.ipv4_mapped) or found)  # noqa: PLR2004 -- IPv6


def _verdict(result: Mapping[str, Any]) -> Verdict:
    selector = _shown(result.get("selector")).lower()
    return Verdict(_domain(result["domain"]), "" if selector == "none" else selector, result["result"] == "pass")


def _domain(text: object) -> str:
    return host_name(_shown(text))
