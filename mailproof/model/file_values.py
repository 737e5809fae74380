"""Values of environment files: how each is read, and how its type is described to editors."""

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from mailproof.model.apex_spf import parse_apex_text
from mailproof.model.bimi import parse_bimi_selector
from mailproof.model.dmarc import (
    Alignment,
    DmarcPolicy,
    DmarcStage,
    PublicSuffix,
    parse_alias,
    parse_failure_options,
    parse_report_address,
    parse_sender,
)
from mailproof.model.domain import ZONE_ID, ZONE_ID_PREFIX, OnMxFailure, parse_zone_id
from mailproof.model.errors import InvalidValue
from mailproof.model.mta_sts import parse_mx_pattern
from mailproof.model.names import parse_host_name, parse_parked_domain, parse_sending_domain
from mailproof.model.regions import REGIONS, parse_region
from mailproof.model.stack_id import ACCOUNT, NAME
from mailproof.model.tls_reports import parse_https_uri, parse_tls_report_target
from mailproof.model.watch import SCHEDULE, TOPIC, parse_schedule, parse_topic

OFF = "none"
DMARC_BEGINS = ("policy", "stage", "alias")  # of these a DMARC record has exactly one
OTHER_WORDS_FOR_OFF = {"no", "none", "null", "off", "false"}
EXTERNAL = "external"
ELSEWHERE = "elsewhere"
TOKEN = re.compile(r"[A-Za-z0-9]{1,63}")
NAME_LABELS = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
NAME_SIGNS = "up to 31 lower-case letters, digits and hyphens, a letter first and no hyphen last"
TAG_KEY_LIMIT = 128
TAG_VALUE_LIMIT = 256
TAG_TEXT = re.compile(r"[\w .:/=+@-]*")
TAG_SIGNS = "letters, digits, blanks or any of _.:/=+-@"
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


def parse_environment_name(text: str) -> str:
    """Check the name that an environment had."""
    if not NAME.fullmatch(text):
        raise InvalidValue("is not a name of an environment", text, f"use {NAME_SIGNS}")
    return text


def parse_stack_name(text: str) -> str:
    """Check the name of a group of domains that share a stack."""
    if not NAME.fullmatch(text):
        raise InvalidValue("is not a stack name", text, f"use {NAME_SIGNS}")
    return text


def parse_tag_key(key: str) -> str:
    """Check the key of a tag against what AWS takes."""
    if not 0 < len(key) <= TAG_KEY_LIMIT or key.lower().startswith("aws:") or not TAG_TEXT.fullmatch(key):
        raise InvalidValue("is a tag key that AWS refuses", key, f"use 1 to {TAG_KEY_LIMIT} {TAG_SIGNS}, not 'aws:'")
    return key


def parse_tag_value(value: str) -> str:
    """Check the value of a tag against what AWS takes."""
    if not 0 < len(value) <= TAG_VALUE_LIMIT or not TAG_TEXT.fullmatch(value):
        raise InvalidValue("is a tag value that AWS refuses", value, f"use 1 to {TAG_VALUE_LIMIT} {TAG_SIGNS}")
    return value


def parse_tags(tags: dict[str, str]) -> dict[str, str]:
    """Check the number of tags."""
    if len(tags) > TAGS_LIMIT:
        raise InvalidValue(f"has over {TAGS_LIMIT} tags", len(tags), "keep fewer")
    return tags


def listed_once(values: Any, parse: ValidatorFunctionWrapHandler) -> list[str]:
    """Refuse every item that stands in its list before, whatever else is wrong there."""
    errors: list[InitErrorDetails] = []
    try:
        items = parse(values)
    except ValidationError as err:
        items = values if isinstance(values, list) else []
        errors = [_error(error["loc"], error["input"], error["type"], error.get("ctx")) for error in err.errors()]
    first: dict[str, int] = {}
    for index, item in enumerate(items):
        if isinstance(item, str) and first.setdefault(item, index) != index:
            parts = {"what": "is in the list already", "got": values[index], "todo": "keep one"}
            errors.append(_error((index,), values[index], "invalid_value", parts))
    if errors:
        raise ValidationError.from_exception_data("list", errors)
    return items  # type: ignore[no-any-return]


def _error(loc: tuple[int | str, ...], value: object, kind: Any, context: dict[str, Any] | None) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError(kind, kind, context), loc=loc, input=value)


def off_or_mapping(key: str | None) -> Callable[[Any], Any]:
    """Read `none` as switched off and, if `key` is given, a text as a mapping with that key alone."""

    def read(value: Any) -> Any:
        if value == OFF:
            return None
        if isinstance(value, str) and value.lower() in OTHER_WORDS_FOR_OFF:
            raise InvalidValue("is not known here", value, f"did you mean {OFF!r}?")
        if isinstance(value, str) and key:
            return {key: value}
        if not isinstance(value, dict):
            raise InvalidValue("is not a mapping", value, f"write its keys, or {OFF} to switch it off")
        return value

    return read


def external_or_mapping(value: object) -> object:
    """Read `external` as a zone that another DNS provider serves."""
    if value == EXTERNAL:
        return None
    if not isinstance(value, dict):
        raise InvalidValue("is not a zone", value, f"write {{id: Z…}} or {EXTERNAL}")
    return value


def text_or_mapping(key: str, value: object) -> object:
    """Read a bare text as a mapping with one key alone."""
    return {key: value} if isinstance(value, str) else value


def elsewhere_or_mapping(value: object) -> object:
    """Read `elsewhere` as an identity of another account whose DKIM records are not ours to publish."""
    if value == ELSEWHERE:
        return {}
    if not isinstance(value, dict):
        raise InvalidValue("is not known here", value, f"write {ELSEWHERE}, or {{dkim: …}}")
    return value


def parse_label(text: str) -> str:
    """Check what stands for a region in a MAIL FROM name; the name that it makes is checked with its domain."""
    if not NAME_LABELS.fullmatch(text):
        raise InvalidValue("is not part of a host name", text, "use letters, digits, hyphens and dots")
    return text.lower()


def parse_token(text: str) -> str:
    """Check a token of a DKIM record: one label of letters and digits."""
    if not TOKEN.fullmatch(text):
        todo = "write the label before ._domainkey alone, of letters and digits"
        raise InvalidValue("is not a token", text, todo)
    return text.lower()


def text_schema(title: str, pattern: str, **more: Any) -> WithJsonSchema:
    """Describe a text to editors; the parsers know more than a pattern can say."""
    return WithJsonSchema({"type": "string", "title": title, "pattern": f"^({pattern})$", **more})


def written_default(value: Any) -> Any:
    """Tell editors a default in the form in which people write it."""
    return Field(json_schema_extra={"default": value})


NETWORK_OR_NAME = r"[^\s\\@*]+"
NAME_PATTERN = r"[^\s\\@/:*]+"
SendingName = Annotated[str, AfterValidator(checked(parse_sending_domain)), text_schema("host name", NAME_PATTERN)]
ParkedName = Annotated[str, AfterValidator(checked(parse_parked_domain)), text_schema("host name", NAME_PATTERN)]
ZoneName = Annotated[str, AfterValidator(checked(parse_host_name)), text_schema("host name", NAME_PATTERN)]
RecordName = Annotated[str, AfterValidator(checked(parse_alias)), text_schema("host name", NAME_PATTERN)]
MailFromName = Annotated[str, text_schema("host name", NAME_PATTERN, examples=["bounce.{region}"])]
MailFromNames = Annotated[
    list[MailFromName], Field(json_schema_extra={"uniqueItems": True}), WrapValidator(listed_once)
]
ZoneId = Annotated[
    str, AfterValidator(checked(parse_zone_id)), text_schema("zone id", f"({ZONE_ID_PREFIX})?{ZONE_ID.pattern}")
]
Account = Annotated[str, BeforeValidator(checked(parse_account)), text_schema("account id", ACCOUNT.pattern)]
StackName = Annotated[str, AfterValidator(checked(parse_stack_name)), text_schema("stack name", NAME.pattern)]
EnvironmentName = Annotated[str, text_schema("environment name", NAME.pattern)]
FormerName = Annotated[
    str, AfterValidator(checked(parse_environment_name)), text_schema("environment name", NAME.pattern)
]
Region = Annotated[
    str,
    AfterValidator(checked(parse_region)),
    WithJsonSchema({"type": "string", "title": "region", "enum": sorted(REGIONS)}),
]
Regions = Annotated[
    list[Region], Field(min_length=1, json_schema_extra={"uniqueItems": True}), WrapValidator(listed_once)
]
Schedule = Annotated[str, AfterValidator(checked(parse_schedule)), text_schema("schedule", SCHEDULE.pattern)]
TopicArn = Annotated[str, AfterValidator(checked(parse_topic)), text_schema("topic ARN", TOPIC.pattern)]
HostName = Annotated[str, AfterValidator(checked(parse_host_name)), text_schema("host name", NAME_PATTERN)]
Label = Annotated[str, AfterValidator(checked(parse_label)), text_schema("part of a host name", NAME_LABELS.pattern)]
Labels = Annotated[
    dict[Region, Label],
    WithJsonSchema(
        {
            "type": "object",
            "title": "text by region",
            "propertyNames": {"enum": sorted(REGIONS)},
            "additionalProperties": {"type": "string", "pattern": f"^({NAME_LABELS.pattern})$"},
        }
    ),
]
Token = Annotated[str, AfterValidator(checked(parse_token)), text_schema("token", TOKEN.pattern)]
AddressText = Annotated[str, text_schema("address", r"[^\s@]+(@[^\s@]+)?")]
Tokens = Annotated[
    list[Token], Field(min_length=1, json_schema_extra={"uniqueItems": True}), WrapValidator(listed_once)
]
Address = Annotated[str, AfterValidator(checked(parse_report_address)), text_schema("address", r"[^\s@:]+@[^\s@]+")]
Addresses = Annotated[list[Address], Field(json_schema_extra={"uniqueItems": True}), WrapValidator(listed_once)]
Sender = Annotated[str, AfterValidator(checked(parse_sender)), text_schema("domain or network", NETWORK_OR_NAME)]
Senders = Annotated[list[Sender], Field(json_schema_extra={"uniqueItems": True}), WrapValidator(listed_once)]
TagKey = Annotated[str, AfterValidator(checked(parse_tag_key))]
TagValue = Annotated[str, AfterValidator(checked(parse_tag_value))]
Tags = Annotated[
    dict[TagKey, TagValue],
    AfterValidator(checked(parse_tags)),
    WithJsonSchema(
        {
            "type": "object",
            "title": "text by key",
            "maxProperties": TAGS_LIMIT,
            "propertyNames": {"pattern": f"^(?![Aa][Ww][Ss]:).{{1,{TAG_KEY_LIMIT}}}$"},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": TAG_VALUE_LIMIT},
        }
    ),
]
Policy = Annotated[DmarcPolicy, WithJsonSchema({"type": "string", "enum": [*DmarcPolicy]})]
Stage = Annotated[DmarcStage, WithJsonSchema({"type": "string", "enum": [*DmarcStage]})]
DmarcAlignment = Annotated[Alignment, WithJsonSchema({"type": "string", "enum": [*Alignment]})]
DmarcPublicSuffix = Annotated[PublicSuffix, WithJsonSchema({"type": "string", "enum": [*PublicSuffix]})]
FailureOptions = Annotated[
    str, BeforeValidator(checked(parse_failure_options)), text_schema("failure options", "[01ds](:[01ds])*")
]
TlsReportTarget = Annotated[
    str,
    AfterValidator(checked(parse_tls_report_target)),
    text_schema("address or https address", r"[^\s@]+@[^\s@]+|https://\S+"),
]
TlsReportTargets = Annotated[
    list[TlsReportTarget], Field(json_schema_extra={"uniqueItems": True}), WrapValidator(listed_once)
]
HttpsUri = Annotated[str, AfterValidator(checked(parse_https_uri)), text_schema("https address", r"https://\S+")]
ApexText = Annotated[str, AfterValidator(checked(parse_apex_text)), Field(json_schema_extra={"title": "text"})]
BimiSelector = Annotated[
    str, AfterValidator(checked(parse_bimi_selector)), text_schema("selector", r"[A-Za-z0-9-]{1,63}")
]
MxPattern = Annotated[
    str, AfterValidator(checked(parse_mx_pattern)), text_schema("host name", r"(\*\.)?" + NAME_PATTERN)
]
MxPatterns = Annotated[
    list[MxPattern], Field(min_length=1, json_schema_extra={"uniqueItems": True}), WrapValidator(listed_once)
]
MxFailure = Annotated[OnMxFailure, WithJsonSchema({"type": "string", "enum": [*OnMxFailure]})]
