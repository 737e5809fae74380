"""Records as JSON, with a published schema."""

import json
from typing import Any

from mailproof.report.exports.collect import Gap, RecordList
from mailproof.report.exports.dkim_reader import DkimState
from mailproof.report.exports.record import ExportRecord
from mailproof.report.exports.zone_file import rdata
from mailproof.spec.records import Purpose, RecordType

VERSION = 1

PURPOSES = {
    Purpose.DKIM: "dkim",
    Purpose.MAIL_FROM_MX: "mail-from-mx",
    Purpose.MAIL_FROM_SPF: "mail-from-spf",
    Purpose.DMARC: "dmarc",
    Purpose.DMARC_REPORTS: "dmarc-reports",
}


def build_json(found: RecordList) -> str:
    """Write records, and the identities whose DKIM records are not among them."""
    document = {
        "version": VERSION,
        "records": [_record(record) for record in found.records],
        "gaps": [_gap(gap) for gap in found.gaps],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _record(record: ExportRecord) -> dict[str, Any]:
    return {
        "zone": record.zone.name,
        "zone_id": record.zone.id,
        "zone_account": record.zone.account,
        "external": record.zone.is_external,
        "name": record.full_name,
        "relative_name": record.name_in_zone,
        "type": str(record.type),
        "preference": record.preference,
        "value": record.data,
        "rdata": rdata(record),
        "ttl": record.ttl_s,
        "purpose": PURPOSES[record.purpose],
        "environment": record.environment,
        "domain": record.domain,
        "regions": list(record.regions),
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "environment": gap.environment,
        "domain": gap.domain,
        "region": gap.region,
        "state": str(gap.state),
        "reason": gap.reason,
    }


def build_schema() -> dict[str, Any]:
    """Build the JSON Schema of the document; ``docs/schemas/records.json`` is its copy."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Records of mailproof",
        "description": "What `mailproof records --format json` and `mailproof export json` write.",
        **_object(
            {
                "version": {"const": VERSION, "description": "Raised when a key changes its meaning or goes."},
                "records": {
                    "type": "array",
                    "description": "By zone, name, type and value.",
                    "items": _object(RECORD_KEYS),
                },
                "gaps": {
                    "type": "array",
                    "description": "Identities whose DKIM records are not among the records.",
                    "items": _object(GAP_KEYS),
                },
            }
        ),
    }


def _object(keys: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


RECORD_KEYS: dict[str, Any] = {
    "zone": _text("Zone that holds the record, without a trailing dot."),
    "zone_id": {"type": ["string", "null"], "description": "Hosted zone id; null for another DNS provider."},
    "zone_account": {
        "type": ["string", "null"],
        "description": "AWS account of the zone; null if it is the environment's own, or another DNS provider's.",
    },
    "external": {"type": "boolean", "description": "Whether another DNS provider serves the zone."},
    "name": _text("Owner name, absolute, with its trailing dot.", pattern=r"\.$"),
    "relative_name": _text("Owner name without the zone; @ for the zone itself."),
    "type": {"enum": [str(kind) for kind in RecordType]},
    "preference": {"type": ["integer", "null"], "description": "Of an MX; null for other types."},
    "value": _text("CNAME, MX: the host with its trailing dot. TXT: the text, neither quoted nor split."),
    "rdata": _text("The data as a zone file holds it: preference and host, or quoted strings of up to 255 bytes."),
    "ttl": {"type": "integer", "minimum": 0, "description": "Seconds."},
    "purpose": {"enum": list(PURPOSES.values())},
    "environment": _text("The environment that asks for it."),
    "domain": _text("The sending domain that needs it."),
    "regions": {
        "type": "array",
        "items": {"type": "string"},
        "description": "The regions that it serves; empty if it serves every region of the domain.",
    },
}
GAP_KEYS: dict[str, Any] = {
    "environment": _text("Name of the environment."),
    "domain": _text("Sending domain."),
    "region": _text("AWS region."),
    "state": {
        "enum": [str(state) for state in DkimState if state is not DkimState.KNOWN],
        "description": "missing: no such identity. unknown: SES could not be asked. own-key: its owner holds the key.",
    },
    "reason": _text("Why, for a person."),
}
