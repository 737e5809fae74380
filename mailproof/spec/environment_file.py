"""The shape of an environment file: what may be written, key by key. The JSON Schema for editors is made from it."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt
from pydantic_core import PydanticCustomError

from mailproof.spec.dmarc import parse_report_address
from mailproof.spec.errors import InvalidValue
from mailproof.spec.names import parse_host_name, parse_sending_domain
from mailproof.spec.placement import STACKS_LIMIT
from mailproof.spec.regions import parse_region

OFF = "none"
EXTERNAL = "external"
ACCOUNT = re.compile(r"[0-9]{12}")
ZONE_ID = re.compile(r"[A-Z0-9]{1,32}")
ZONE_ID_PREFIX = "/hostedzone/"
STACK_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}[a-z0-9]|[a-z]")
TAG_KEY_LIMIT = 128
TAG_VALUE_LIMIT = 256
TAGS_LIMIT = 50

T = TypeVar("T")


def checked(parse: Callable[[Any], T]) -> Callable[[Any], T]:
    """Let pydantic report an `InvalidValue` with its parts."""

    def check(value: Any) -> T:
        try:
            return parse(value)
        except InvalidValue as err:
            parts = {"what": err.what, "got": err.got, "todo": err.todo}
            raise PydanticCustomError("invalid_value", "{what}", parts) from err

    return check


def parse_account(value: object) -> str:
    """Check an AWS account id; a bare number is taken if no YAML reader could take it for another."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not ACCOUNT.fullmatch(text):
        raise InvalidValue("is not an AWS account id of 12 digits", value, "write it in quotes")
    return text


def parse_zone_id(text: str) -> str:
    """Check a hosted zone id; `/hostedzone/` in front, as Route 53's API writes it, is taken off."""
    plain = text.removeprefix(ZONE_ID_PREFIX)
    if not ZONE_ID.fullmatch(plain):
        raise InvalidValue(
            "is not a hosted zone id", text, "write the id that Route 53 shows, such as 'Z0123456789EXAMPLE'"
        )
    return plain


def parse_stack_name(text: str) -> str:
    """Check the name of a group of domains that share a stack."""
    if not STACK_NAME.fullmatch(text):
        raise InvalidValue(
            "is not a stack name", text, "use up to 31 lower-case letters, digits and hyphens, a letter first"
        )
    return text


def parse_tags(tags: dict[str, str]) -> dict[str, str]:
    """Check tags against what AWS takes."""
    if len(tags) > TAGS_LIMIT:
        raise InvalidValue(f"has over {TAGS_LIMIT} tags", len(tags), "keep fewer")
    for key, value in tags.items():
        if not 0 < len(key) <= TAG_KEY_LIMIT or key.lower().startswith("aws:"):
            raise InvalidValue(
                "has a tag key that AWS refuses", key, f"use 1 to {TAG_KEY_LIMIT} characters, not 'aws:'"
            )
        if len(value) > TAG_VALUE_LIMIT:
            raise InvalidValue(f"has a tag value of over {TAG_VALUE_LIMIT} characters", value, "shorten it")
    return tags


def unique(values: list[str]) -> list[str]:
    """Refuse a value listed twice."""
    for value in values:
        if values.count(value) > 1:
            raise InvalidValue("lists a value twice", value, "keep one")
    return values


def off_or_mapping(key: str | None) -> Callable[[Any], Any]:
    """Read `none` as switched off and, if `key` is given, a text as a mapping with that key alone."""

    def read(value: Any) -> Any:
        if value == OFF:
            return None
        if isinstance(value, str) and key:
            return {key: value}
        if not isinstance(value, dict):
            raise InvalidValue("is no mapping", value, f"write its keys, or {OFF} to switch it off")
        return value

    return read


def external_or_mapping(value: object) -> object:
    """Read `external` as a zone that another DNS provider serves."""
    if value == EXTERNAL:
        return None
    if not isinstance(value, dict):
        raise InvalidValue("is no zone", value, f"write {{id: Z…}} or {EXTERNAL}")
    return value


def zone_names(value: object) -> object:
    """Read the names of zones; refuse two spellings of one."""
    if not isinstance(value, dict):
        return value
    names: dict[str, Any] = {}
    for text, zone in value.items():
        name = parse_host_name(text)
        if name in names:
            raise InvalidValue("names a zone twice", text, "keep one spelling")
        names[name] = zone
    return names


Account = Annotated[str, BeforeValidator(checked(parse_account), json_schema_input_type=str)]
Region = Annotated[str, AfterValidator(checked(parse_region))]
Regions = Annotated[list[Region], Field(min_length=1), AfterValidator(checked(unique))]
Address = Annotated[str, AfterValidator(checked(parse_report_address))]
Policy = Literal["none", "quarantine", "reject"]  # DmarcPolicy


class Part(BaseModel):
    """Base of all parts: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class MailFromPart(Part):
    """A custom MAIL FROM domain."""

    name: str
    """Relative to the domain, or complete; `{region}` gives every region a name of its own."""
    on_mx_failure: Literal["use_default_value", "reject_message"] = "use_default_value"  # OnMxFailure
    """What SES does with mail while the MX is not right: send it under amazonses.com, or refuse it."""


class DkimPart(Part):
    """Easy DKIM."""

    key_length: Literal[1024, 2048] | None = None
    """Bits. Leave it out unless a policy asks for a value: SES takes 2048, and changes it at most once in 24 hours."""


class DmarcPart(Part):
    """The DMARC record to publish at `_dmarc` below the domain."""

    policy: Policy
    """What receivers are asked to do with mail that fails."""
    subdomain_policy: Policy | None = None
    """The same for subdomains that exist (`sp`)."""
    nonexistent_subdomain_policy: Policy | None = None
    """The same for names that do not exist (`np`)."""
    reports: Annotated[list[Address], AfterValidator(checked(unique))] = []
    """Addresses for aggregate reports (`rua`)."""
    failure_reports: Annotated[list[Address], AfterValidator(checked(unique))] = []
    """Addresses for failure reports (`ruf`)."""
    testing: StrictBool = False
    """Ask receivers to act one step milder than the policy says (`t=y`)."""


class ZonePart(Part):
    """A hosted zone in Route 53."""

    id: Annotated[str, AfterValidator(checked(parse_zone_id))]
    """Its id."""
    account: Account | None = None
    """The account that owns it, if another than the environment's."""


MailFromValue = Annotated[
    MailFromPart | None,
    BeforeValidator(checked(off_or_mapping("name")), json_schema_input_type=str | MailFromPart),
]
DmarcValue = Annotated[
    DmarcPart | None,
    BeforeValidator(checked(off_or_mapping(None)), json_schema_input_type=Literal["none"] | DmarcPart),
]
ZoneValue = Annotated[
    ZonePart | None,
    BeforeValidator(checked(external_or_mapping), json_schema_input_type=Literal["external"] | ZonePart),
]
RecordSets = Literal["grouped", "individual"]


class DefaultsPart(Part):
    """What every domain of the file starts from; a domain's own key replaces the whole value."""

    mail_from: MailFromValue = MailFromPart(name="bounce.{region}")
    """MAIL FROM domain, or `none`."""
    dkim: DkimPart = DkimPart()
    """Easy DKIM."""
    dmarc: DmarcValue = None
    """DMARC record, or `none`."""


class DomainPart(Part):
    """A sending domain."""

    name: Annotated[str, AfterValidator(checked(parse_sending_domain))]
    """The domain of the From address."""
    regions: Regions | None = None
    """Regions it sends from, instead of the environment's; the first is its home region."""
    mail_from: MailFromValue = None
    """MAIL FROM domain, or `none`."""
    dkim: DkimPart | None = None
    """Easy DKIM."""
    dmarc: DmarcValue = None
    """DMARC record, or `none`."""
    stack: Annotated[str, AfterValidator(checked(parse_stack_name))] | None = None
    """Domains with the same value share a stack in each region."""
    zone: Annotated[str, AfterValidator(checked(parse_host_name))] | None = None
    """One of `zones`, instead of the longest that contains the domain."""
    record_sets: RecordSets | None = None
    """Instead of the environment's."""


class EnvironmentPart(Part):
    """One environment: an AWS account and the domains that send from it."""

    model_config = ConfigDict(title="mailproof environment file")

    account: Account
    """The AWS account of the identities, 12 digits in quotes."""
    regions: Regions
    """Regions of every domain that names none; the first is the home region."""
    removal_policy: Literal["retain", "destroy"] = "retain"
    """What happens to identities and records that leave the file or whose stack is deleted."""
    tags: Annotated[dict[str, str], AfterValidator(checked(parse_tags))] = {}
    """Tags of every resource that takes tags."""
    zones: Annotated[dict[str, ZoneValue], BeforeValidator(checked(zone_names))]
    """DNS zones by name: a hosted zone, or `external` for another DNS provider."""
    dns_region: Region | None = None
    """Region of the stack of records that serve all regions; the home region if left out. Once deployed, keep it."""
    stacks: Annotated[StrictInt, Field(ge=1, le=STACKS_LIMIT)] = 1
    """Stacks a region; above 1, domains spread by a stable hash of their name. Once deployed, keep it."""
    record_sets: RecordSets = "grouped"
    """One RecordSetGroup a domain and region, or one RecordSet a record (for records to be adopted)."""
    defaults: DefaultsPart = DefaultsPart()
    """What every domain starts from."""
    domains: Annotated[list[DomainPart], Field(min_length=1)]
    """The sending domains."""
