"""Tests of JSON and of its published schema."""

import json
from dataclasses import replace

import jsonschema

from mailproof.export.collect import Gap, RecordList
from mailproof.export.dkim_reader import DkimState
from mailproof.export.json_records import build_json, build_schema


def test_the_document_fits_the_schema(found: RecordList) -> None:
    """Records and gaps alike; no key is missing and none is unknown."""
    gaps = tuple(
        Gap("prod", "example.com", "eu-west-1", state, "why") for state in DkimState if state is not DkimState.KNOWN
    )
    document = json.loads(build_json(replace(found, gaps=gaps)))
    jsonschema.validate(document, build_schema())
    assert len(document["records"]) == len(found.records)
    assert [gap["state"] for gap in document["gaps"]] == ["own-key", "missing", "unknown"]


def test_a_record_has_every_form_of_its_value(found: RecordList) -> None:
    """The host, and the data as a zone file or a DNS API takes it."""
    records = json.loads(build_json(found))["records"]
    spf = next(record for record in records if record["name"] == "bounce.example.com." and record["type"] == "TXT")
    assert (spf["value"], spf["rdata"]) == ("v=spf1 include:amazonses.com ~all", '"v=spf1 include:amazonses.com ~all"')
    mx = next(record for record in records if record["name"] == "bounce.example.com." and record["type"] == "MX")
    assert (mx["preference"], mx["value"], mx["rdata"], mx["regions"]) == (
        10,
        "feedback-smtp.us-east-1.amazonses.com.",
        "10 feedback-smtp.us-east-1.amazonses.com.",
        [],
    )
