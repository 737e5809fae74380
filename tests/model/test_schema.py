"""The JSON Schema: accepts what the reader accepts, refuses what an editor can see, says what each key is."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mailproof.model.regions import REGIONS
from mailproof.model.schema import build_schema
from tests.model.reading import GOOD, problems, read

EXAMPLES = sorted((Path(__file__).parents[2] / "environments").glob("*.yaml"))
MINIMAL: dict[str, Any] = yaml.safe_load(GOOD)
FULL: dict[str, Any] = MINIMAL | {
    "removal_policy": "destroy",
    "tags": {"cost-centre": "mail"},
    "zones": {
        "example.com": {"id": "/hostedzone/Z1", "account": "999988887777"},
        "bücher.example": "external",
    },
    "dns_region": "eu-west-1",
    "stacks": 99,
    "record_sets": "individual",
    "defaults": {"mail_from": "none", "dkim": {}, "dmarc": "none"},
    "domains": [
        {
            "name": "Example.COM.",
            "regions": ["eu-west-1"],
            "mail_from": {"name": "bounce.{region}", "on_mx_failure": "reject_message"},
            "dkim": {"key_length": 2048},
            "dmarc": {
                "policy": "reject",
                "subdomain_policy": "none",
                "nonexistent_subdomain_policy": "quarantine",
                "reports": ["a@example.com"],
                "failure_reports": [],
                "testing": True,
            },
            "stack": "brand-a",
            "zone": "Example.com",
            "record_sets": "grouped",
        },
        {"name": "bücher.example", "mail_from": "bounce", "dmarc": "none"},
    ],
}


def domain(**keys: Any) -> dict[str, Any]:
    """Put keys into the domain of the short file."""
    return {"domains": [{"name": "example.com"} | keys]}


def zone(value: Any) -> dict[str, Any]:
    """Put a value for the zone of the short file."""
    return {"zones": {"example.com": value}}


VALID = [
    pytest.param(MINIMAL, id="minimal"),
    pytest.param(FULL, id="full"),
    *(pytest.param(yaml.safe_load(path.read_text(encoding="utf-8")), id=path.name) for path in EXAMPLES),
    pytest.param(MINIMAL | domain(mail_from="none"), id="mail_from none"),
    pytest.param(MINIMAL | domain(mail_from="{region}.example.com."), id="mail_from absolute"),
    pytest.param(MINIMAL | domain(dmarc="none"), id="dmarc none"),
    pytest.param(MINIMAL | zone("external"), id="zone external"),
    pytest.param(MINIMAL | {"domains": [{"name": "a"}]} | domain(stack="a"), id="stack of one letter"),
]
INVALID = [
    pytest.param({"account": 111122223333}, id="account number"),
    pytest.param({"account": "11112222333"}, id="account of 11 digits"),
    pytest.param({"account": None}, id="account null"),
    pytest.param({"regions": []}, id="regions empty"),
    pytest.param({"regions": ["eu-wset-1"]}, id="regions unknown"),
    pytest.param({"regions": ["me-south-1"]}, id="regions without the type"),
    pytest.param({"regions": ["eu-west-1", "eu-west-1"]}, id="regions twice"),
    pytest.param({"regions": "eu-west-1"}, id="regions text"),
    pytest.param({"removal_policy": "retian"}, id="removal_policy"),
    pytest.param({"removal_policy": None}, id="removal_policy null"),
    pytest.param({"tags": {"a": 1}}, id="tags number"),
    pytest.param({"tags": {"AWS:a": "b"}}, id="tags of AWS"),
    pytest.param({"tags": {"": "b"}}, id="tags without a key"),
    pytest.param({"tags": {"a": ""}}, id="tags without a value"),
    pytest.param({"tags": {str(number): "b" for number in range(51)}}, id="tags many"),
    pytest.param({"dns_region": "eu"}, id="dns_region"),
    pytest.param({"stacks": 0}, id="stacks none"),
    pytest.param({"stacks": 100}, id="stacks many"),
    pytest.param({"stacks": "2"}, id="stacks text"),
    pytest.param({"stacks": True}, id="stacks true"),
    pytest.param({"record_sets": "group"}, id="record_sets"),
    pytest.param({"defaults": None}, id="defaults null"),
    pytest.param({"defaults": {"regions": ["eu-west-1"]}}, id="defaults unknown key"),
    pytest.param({"unknown": 1}, id="unknown key"),
    pytest.param(zone(None), id="zone null"),
    pytest.param(zone("Z1"), id="zone bare id"),
    pytest.param(zone({"id": "z1"}), id="zone id lower-case"),
    pytest.param(zone({"account": "111122223333"}), id="zone without id"),
    pytest.param(zone({"id": "Z1", "acount": "111122223333"}), id="zone unknown key"),
    pytest.param({"zones": {"https://example.com": "external"}}, id="zone name"),
    pytest.param({"zones": ["example.com"]}, id="zones list"),
    pytest.param({"domains": []}, id="domains empty"),
    pytest.param({"domains": [{}]}, id="domain without name"),
    pytest.param({"domains": ["example.com"]}, id="domain text"),
    pytest.param(domain(name=1), id="domain name number"),
    pytest.param(domain(name="me@example.com"), id="domain name address"),
    pytest.param(domain(mailFrom="bounce"), id="domain unknown key"),
    pytest.param(domain(mail_from=None), id="mail_from null"),
    pytest.param(domain(mail_from=1), id="mail_from number"),
    pytest.param(domain(mail_from="a b"), id="mail_from blank"),
    pytest.param(domain(mail_from={"on_mx_failure": "reject_message"}), id="mail_from without name"),
    pytest.param(domain(mail_from={"name": "b", "on_mx_failure": "reject"}), id="on_mx_failure"),
    pytest.param(domain(dkim={"key_length": 4096}), id="key_length"),
    pytest.param(domain(dkim={"key_length": "2048"}), id="key_length text"),
    pytest.param(domain(dmarc="reject"), id="dmarc text"),
    pytest.param(domain(dmarc={}), id="dmarc without policy"),
    pytest.param(domain(dmarc={"policy": "Reject"}), id="policy"),
    pytest.param(domain(dmarc={"policy": "none", "reports": ["mailto:a@b.example"]}), id="report address"),
    pytest.param(domain(dmarc={"policy": "none", "testing": "yes"}), id="testing"),
    pytest.param(domain(stack="Brand"), id="stack upper case"),
    pytest.param(domain(stack="a-"), id="stack hyphen behind"),
    pytest.param(domain(zone="a b"), id="zone of a domain"),
    pytest.param(domain(regions=None), id="regions of a domain null"),
]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    """The schema, ready to judge."""
    return jsonschema.Draft202012Validator(build_schema())


def text(data: Any) -> str:
    """Write data as a file, account numbers in quotes."""
    return yaml.safe_dump(data, allow_unicode=True)


def test_the_schema_is_a_schema() -> None:
    """It is valid by the version of JSON Schema that it names."""
    schema = build_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("data", VALID)
def test_schema_and_reader_accept_what_is_right(data: Any, validator: jsonschema.Draft202012Validator) -> None:
    """What works is not underlined in an editor."""
    assert list(validator.iter_errors(data)) == []
    read(text(data), keys=None)  # which are in a file of their own


@pytest.mark.parametrize("change", INVALID)
def test_schema_and_reader_refuse_what_is_wrong(change: Any, validator: jsonschema.Draft202012Validator) -> None:
    """What an editor underlines is wrong; the reader takes a bare account number all the same where it is plain."""
    data = MINIMAL | change
    assert list(validator.iter_errors(data))
    assert problems(text(data)) or data["account"] == 111122223333


def parts() -> list[Any]:
    """List the schema of every mapping with keys of its own."""
    schema = build_schema()
    return [schema, *schema["$defs"].values()]


def test_every_key_is_described_and_no_other_is_allowed() -> None:
    """An editor can say what a key is for, and that another is none."""
    for part in parts():
        assert part["additionalProperties"] is False
        assert all(value["description"] for value in part["properties"].values())


def test_titles_say_what_a_value_is() -> None:
    """No title repeats the name of a key or of a class."""
    titles = {value["title"] for part in parts() for value in part["properties"].values() if "title" in value}
    assert {
        "account id",
        "address",
        "environment name",
        "failure options",
        "host name",
        "https address",
        "region",
        "schedule",
        "selector",
        "stack name",
        "text by key",
        "text by region",
        "topic ARN",
        "zone id",
    } == titles
    assert [part["title"] for part in parts() if "title" in part] == ["mailproof environment file"]


def test_defaults_are_those_that_people_write() -> None:
    """A default is shown as it would stand in a file; what may be left out has no null."""
    schema = build_schema()
    defaults = schema["$defs"]["DefaultsPart"]["properties"]
    assert (defaults["mail_from"]["default"], defaults["dmarc"]["default"]) == ("bounce.{region}", "none")
    assert "'null'" not in str(schema)
    assert all("default" not in value for value in schema["$defs"]["DomainPart"]["properties"].values())


def test_regions_are_offered() -> None:
    """An editor completes the regions that there are."""
    properties = build_schema()["properties"]
    assert sorted(REGIONS) == properties["regions"]["items"]["enum"] == properties["dns_region"]["enum"]
