"""Tests of Terraform resources, read back by an HCL parser."""

from typing import Any

import hcl2
from hypothesis import given
from hypothesis import strategies as st

from mailproof.export.collect import RecordList
from mailproof.export.record import ExportRecord
from mailproof.export.terraform import build_terraform, hcl_string, resource_name
from mailproof.model.dns_record import RecordType
from mailproof.model.domain import Zone
from mailproof.model.record_kind import DMARC


def _resources(text: str) -> dict[str, dict[str, Any]]:
    blocks = hcl2.loads(text)["resource"]
    named = [next(iter(block['"aws_route53_record"'].items())) for block in blocks]
    assert len({name for name, _ in named}) == len(named)
    return {name.strip('"'): body for name, body in named}


def test_every_record_set_is_one_resource(found: RecordList) -> None:
    """Each name and type makes one resource with complete name, TTL and values."""
    resources = _resources(build_terraform(found)).values()
    live = {(body["name"], body["type"]) for body in resources}
    assert live == {(f'"{record.name}"', f'"{record.type}"') for record in found.records}
    assert {body["ttl"] for body in resources} == {1800}


def test_values_are_as_the_provider_takes_them(found: RecordList) -> None:
    """MX carries its preference, hosts their dot, and TXT no outer quotation marks, which the provider adds."""
    bodies = {(body["name"], body["type"]): body for body in _resources(build_terraform(found)).values()}
    assert bodies['"bounce.example.com"', '"MX"']["records"] == ['"10 feedback-smtp.us-east-1.amazonses.com."']
    assert bodies['"bounce.example.com"', '"TXT"']["records"] == ['"v=spf1 include:amazonses.com ~all"']


def test_an_external_zone_takes_its_id_from_a_variable(found: RecordList) -> None:
    """A hosted zone is named by its id; a zone without one by a variable that its holder fills."""
    text = build_terraform(found)
    variables = {next(iter(block)).strip('"') for block in hcl2.loads(text)["variable"]}
    zones = {body["zone_id"] for body in _resources(text).values()}
    assert zones == {'"Z0EXAMPLE"', *("${var." + name + "}" for name in variables)}
    assert len(variables) == 2


def test_names_that_read_the_same_stay_apart() -> None:
    """A hyphen and a dot both become an underscore; the hash tells them apart and does not depend on other records."""
    zone = Zone("example.com", "Z1")
    first = resource_name(zone, "a-b.example.com", "MX")
    assert first != resource_name(zone, "a.b.example.com", "MX")
    assert first == "mx_a_b_example_com_" + first[-8:]


def test_a_long_text_is_split_inside_its_quotation_marks() -> None:
    """Strings of 255 bytes meet as two quotation marks, as the provider documents it."""
    zone = Zone("example.com", "Z1")
    record = ExportRecord(
        zone, "x.example.com", RecordType.TXT, None, "a" * 300, 1800, DMARC, "prod", "example.com", ()
    )
    assert f'records = ["{"a" * 255}\\"\\"{"a" * 45}"]' in build_terraform(RecordList((record,)))


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_no_text_begins_a_template(text: str) -> None:
    """``${`` and ``%{`` are doubled, quotation marks and backslashes escaped: Terraform reads the text itself."""
    assert _read_hcl(hcl_string(text)) == text


def _read_hcl(quoted: str) -> str:
    """Read a quoted template as the HCL specification says, refusing interpolation."""
    assert quoted[0] == quoted[-1] == '"'
    text, rest = "", quoted[1:-1]
    while rest:
        if rest.startswith(("$${", "%%{")):
            text, rest = text + rest[1:3], rest[3:]
        elif rest[0] == "\\":
            text, rest = text + {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}[rest[1]], rest[2:]
        else:
            assert not rest.startswith(("${", "%{", '"'))
            text, rest = text + rest[0], rest[1:]
    return text
