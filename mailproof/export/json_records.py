"""Records as JSON, and the schema of it."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from mailproof.check.json_model import with_dialect
from mailproof.export.collect import RecordList
from mailproof.export.dkim_reader import DkimState
from mailproof.export.record import ExportRecord
from mailproof.export.zone_file import rdata
from mailproof.model.dns_record import RecordType
from mailproof.model.record_kind import KINDS
from mailproof.report.json_report import StrictModel

VERSION: Literal[1] = 1

PURPOSE = f"What it is for: {', '.join(kind.id for kind in KINDS)}; kinds may be added."


class JsonRecord(StrictModel):
    """One record of one zone."""

    zone: str
    """Zone that holds the record, without a trailing dot."""
    zone_id: str | None
    """Hosted zone id; null for another DNS provider."""
    zone_account: str | None
    """AWS account of the zone; null if it is the environment's own, or another DNS provider's."""
    external: bool
    """Whether another DNS provider serves the zone."""
    name: Annotated[str, Field(pattern=r"\.$")]
    """Owner name, absolute, with its trailing dot."""
    relative_name: str
    """Owner name without the zone; @ for the zone itself."""
    type: RecordType
    """Its type."""
    preference: int | None
    """Of an MX; null for other types."""
    value: str
    """CNAME, MX: the host with its trailing dot. TXT: the text, neither quoted nor split."""
    rdata: str
    """The data as a zone file holds it: preference and host, or quoted strings of up to 255 bytes."""
    ttl: Annotated[int, Field(ge=0)]
    """Seconds."""
    purpose: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description=PURPOSE)]
    environment: str
    """The environment that asks for it."""
    domain: str
    """The sending domain that needs it."""
    regions: list[str]
    """The regions that it serves; empty if it serves every region of the domain."""


class JsonGap(StrictModel):
    """An identity whose DKIM records are not among the records, or a domain of whose MTA-STS host that holds."""

    environment: str
    """Name of the environment."""
    domain: str
    """Sending domain."""
    region: str
    """AWS region."""
    state: Literal[DkimState.MISSING, DkimState.UNKNOWN, DkimState.OWN_KEY]
    """missing: no such identity or host. unknown: AWS could not be asked. own-key: its owner holds the key."""
    reason: str
    """Why, for a person."""


class JsonRecords(StrictModel):
    """What `mailproof records --format json` and `mailproof export json` write."""

    model_config = ConfigDict(title="Records of mailproof")

    version: Literal[1]
    """Raised when a key changes its meaning or goes."""
    records: list[JsonRecord]
    """By zone, name, type and value."""
    gaps: list[JsonGap]
    """Identities whose DKIM records are not among the records, and hosts of MTA-STS policies."""
    others: list[JsonRecord]
    """Records that others are to publish, in zones that the files do not have, so that DMARC reports come."""


def build_json(found: RecordList) -> str:
    """Write records, and the identities whose DKIM records are not among them."""
    document = JsonRecords(
        version=VERSION,
        records=[_record(record) for record in found.records],
        gaps=[JsonGap.model_validate(gap) for gap in found.gaps],
        others=[_record(record) for record in found.others],
    )
    return document.model_dump_json(indent=2) + "\n"


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    return with_dialect(JsonRecords.model_json_schema())


def _record(record: ExportRecord) -> JsonRecord:
    return JsonRecord(
        zone=record.zone.name,
        zone_id=record.zone.id,
        zone_account=record.zone.account,
        external=record.zone.is_external,
        name=record.full_name,
        relative_name=record.name_in_zone,
        type=record.type,
        preference=record.preference,
        value=record.data,
        rdata=rdata(record),
        ttl=record.ttl_s,
        purpose=record.kind.id,
        environment=record.environment,
        domain=record.domain,
        regions=list(record.regions),
    )
