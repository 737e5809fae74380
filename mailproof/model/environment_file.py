"""Schema of an environment file, key by key. The JSON Schema for editors is generated from it."""

import re
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from mailproof.model.apex_spf import parse_apex_text
from mailproof.model.bimi import DEFAULT_SELECTOR, AvatarPreference, parse_bimi_selector
from mailproof.model.dmarc import (
    Alignment,
    DmarcPolicy,
    DmarcStage,
    PublicSuffix,
    parse_failure_options,
    parse_report_address,
    parse_sender,
)
from mailproof.model.domain import ZONE_ID, ZONE_ID_PREFIX, OnMxFailure, parse_zone_id
from mailproof.model.errors import InvalidValue
from mailproof.model.mta_sts import DAY_S, MAX_AGE_LIMIT_S, MtaStsMode, parse_mx_pattern
from mailproof.model.names import parse_host_name, parse_parked_domain, parse_sending_domain
from mailproof.model.placement import STACKS_LIMIT
from mailproof.model.regions import REGIONS, parse_region
from mailproof.model.rollout import CONCURRENCY_LIMIT, GATE_TIMEOUT_LIMIT_MINUTES
from mailproof.model.stack_id import ACCOUNT, NAME
from mailproof.model.tls_reports import parse_https_uri, parse_tls_report_target

OFF = "none"
DMARC_BEGINS = ("policy", "stage", "alias")  # of these a DMARC record has exactly one
OTHER_WORDS_FOR_OFF = {"no", "none", "null", "off", "false"}
EXTERNAL = "external"
ELSEWHERE = "elsewhere"
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
            parts = {"what": "stands in the list already", "got": values[index], "todo": "keep one"}
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
    """Check a token of a DKIM record: one label."""
    name = parse_host_name(text)
    if "." in name:
        raise InvalidValue("is not a token", text, "write the label before ._domainkey alone")
    return name


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
RecordName = Annotated[str, AfterValidator(checked(parse_host_name)), text_schema("host name", NAME_PATTERN)]
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
Region = Annotated[
    str,
    AfterValidator(checked(parse_region)),
    WithJsonSchema({"type": "string", "title": "region", "enum": sorted(REGIONS)}),
]
Regions = Annotated[
    list[Region], Field(min_length=1, json_schema_extra={"uniqueItems": True}), WrapValidator(listed_once)
]
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
Token = Annotated[str, AfterValidator(checked(parse_token)), text_schema("token", r"[^\s\\@/:*.]+")]
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


class StrictModel(BaseModel):
    """Base of all parts: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _has_value(cls, value: Any) -> Any:
        """Refuse a key that stands there without a value: a list whose items were commented out, say."""
        if value is None:
            raise PydanticCustomError("no_value", "has no value")
        return value


class MailFromPart(StrictModel):
    """A custom MAIL FROM domain."""

    name: MailFromName
    """Name below the domain, relative to it or complete; with `{region}` in it every region has one of its own."""
    on_mx_failure: MxFailure = OnMxFailure.USE_DEFAULT_VALUE
    """What SES does with mail while the MX is not right: send it with amazonses.com as MAIL FROM, or refuse it."""
    labels: Labels = {}
    """What stands for `{region}` in a region, where that is not the region's name: `{us-east-1: us, eu-west-1: eu}`."""
    records: Literal["elsewhere"] | None = None
    """`elsewhere`: another account sends by the same name and publishes its records. They are checked, not made."""
    also: MailFromNames = []
    """Further names whose records are published: the next one before it is `name`, the last one after, for bounces."""


class DkimPart(StrictModel):
    """How the domain signs: Easy DKIM, with keys that SES makes, publishes and changes, unless it says otherwise."""

    key_length: Literal[1024, 2048] | None = None
    """Bits. Leave it out unless a policy asks for a value: SES takes 2048, and changes it at most once in 24 hours."""
    key: Literal["own"] | None = None
    """`own`: SES signs with a key that `mailproof dkim new-key` has made; see [own keys](own-keys.md)."""
    sign: Literal["self"] | None = None
    """`self`: the sender signs its messages itself (`mailproof.sign`), and SES does not."""
    replica_of: Region | None = None
    """The region whose key all others of the domain use, so that its records serve all; see [replicas](replicas.md)."""


class DmarcPart(StrictModel):
    """The DMARC record to publish at `_dmarc` below the domain."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in DMARC_BEGINS]})

    policy: Policy | None = None
    """What receivers are asked to do with mail that fails. Either this or `stage` is required."""
    subdomain_policy: Policy | None = None
    """The same for subdomains that exist (`sp`)."""
    nonexistent_subdomain_policy: Policy | None = None
    """The same for names that do not exist (`np`)."""
    reports: Addresses = []
    """Addresses for aggregate reports (`rua`)."""
    failure_reports: Addresses = []
    """Addresses for failure reports (`ruf`)."""
    testing: StrictBool = False
    """Ask receivers to act one step milder than the policy says (`t=y`)."""
    stage: Stage | None = None
    """`policy` and `testing` in one, as a step on the way to enforcement; those that end in `-test` are tested."""
    adkim: DmarcAlignment | None = None
    """How DKIM has to align: `r`, as receivers take it, or `s`: From names below the domain then fail, unless they have
    an identity of their own."""
    aspf: DmarcAlignment | None = None
    """How SPF has to align: `r`, as receivers take it, or `s`: it never does, since MAIL FROM is below the domain."""
    fo: FailureOptions = ""
    """When failure reports are sent: `0`, as receivers take it, `1`, `d`, `s`, with colons between them."""
    psd: DmarcPublicSuffix | None = None
    """`n` says that no domain above has a say, so that a subdomain aligns with it no longer; `y` is for registries."""
    alias: RecordName | None = None
    """Name of a shared record that is to hold for the domain: `_dmarc` becomes a CNAME. No other key beside it."""
    not_ours: Senders = []
    """Senders in the name of the domain that are not its own, for `mailproof dmarc next`: domains that authenticate
    their mail by DKIM or SPF, or networks."""


class MtaStsPart(StrictModel):
    """The policy by which a domain that receives mail asks senders for TLS."""

    mode: Annotated[MtaStsMode, WithJsonSchema({"type": "string", "enum": [*MtaStsMode]})]
    """`testing` reports what fails, `enforce` keeps mail back; `none` takes a policy back before it is taken out."""
    mx: MxPatterns
    """Names of the servers that receive; `*.` in front stands for one label."""
    max_age_days: Annotated[StrictInt, Field(ge=1, le=MAX_AGE_LIMIT_S // DAY_S)] = 7
    """How long senders keep the policy, and so a mistake in it."""
    serve: StrictBool = False
    """Whether AWS serves the policy: API Gateway, with a certificate of ACM, beside the records of the domain."""


class SpfPart(StrictModel):
    """SPF at the domain itself, which SES does not need: MAIL FROM has a record of its own."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["include"]}, {"required": ["texts"]}]})

    include: Annotated[list[ZoneName], Field(min_length=1), WrapValidator(listed_once)] | None = None
    """Names that its SPF record is to include. `mailproof spf` writes them, beside what is there."""
    texts: Annotated[list[ApexText], Field(min_length=1), WrapValidator(listed_once)] | None = None
    """All TXT records of the domain, SPF and others, which are then deployed. Nobody else may have one there."""


class BimiPart(StrictModel):
    """The logo that receivers may show beside mail of the domain."""

    logo: HttpsUri
    """Where its SVG is, in the profile SVG Tiny PS."""
    certificate: HttpsUri | None = None
    """Where its certificate is (VMC or CMC): Gmail and Apple show no logo without one."""
    selector: BimiSelector = DEFAULT_SELECTOR
    """The label in front of `_bimi`; receivers ask for another one only where a message names it."""
    avatar: Annotated[AvatarPreference, WithJsonSchema({"type": "string", "enum": [*AvatarPreference]})] | None = None
    """Whether receivers show the logo, `brand`, or a picture of the person who writes, `personal` (`avp`)."""


class ZonePart(StrictModel):
    """A hosted zone in Route 53."""

    id: ZoneId
    """Its id, as Route 53 shows it."""
    account: Account | None = None
    """The account that owns it, if another than the environment's."""
    delegation: Literal["pending"] | None = None
    """`pending` while the world still asks other servers: the zone is filled, and what those answer is checked."""


MailFromValue = Annotated[
    MailFromPart | None,
    BeforeValidator(
        checked(off_or_mapping("name")), json_schema_input_type=Literal["none"] | MailFromName | MailFromPart
    ),
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
# The tags tell pydantic which of the two is meant, so that only its errors are reported; people do not see them.
WAVE_LIST, WAVE_WORD = "[list]", "[word]"
WavesValue = Annotated[
    Annotated[Literal["canary", "all"], Tag(WAVE_WORD)] | Annotated[list[Regions], Field(min_length=1), Tag(WAVE_LIST)],
    Discriminator(lambda value: WAVE_LIST if isinstance(value, list) else WAVE_WORD),
]


class GivenDkimPart(StrictModel):
    """The DKIM records of an identity that is not this account's, in one region."""

    tokens: Tokens
    """What its holder's SES names as `Tokens`."""
    host: HostName = "dkim.amazonses.com"
    """Where they point: what it names as `SigningHostedZone`, with `dkim.<region>.amazonses.com` in some regions."""


class ElsewherePart(StrictModel):
    """An identity that another account holds, or a vendor's: its records are made and checked, it is not."""

    dkim: dict[Region, GivenDkimPart] = {}
    """Region to the DKIM records there. Left out where the holder publishes them, or signs as another domain."""


IdentityValue = Annotated[
    ElsewherePart | None,
    BeforeValidator(checked(elsewhere_or_mapping), json_schema_input_type=Literal["elsewhere"] | ElsewherePart),
]


class AddressPart(StrictModel):
    """An address of a domain that SES verifies by itself, by a mail to it; its settings come before the domain's."""

    address: AddressText
    """What stands before `@` and the domain, or the whole address. `Bob` and `bob` are two to SES."""
    regions: Regions | None = None
    """Regions in which it has an identity, instead of all of the domain's."""


AddressValue = Annotated[
    AddressPart,
    BeforeValidator(partial(text_or_mapping, "address"), json_schema_input_type=AddressText | AddressPart),
]


class ParkedPart(StrictModel):
    """A domain that sends no mail: it says so to receivers, who then refuse what others send in its name."""

    name: ParkedName
    """The domain, in any spelling."""
    reports: Addresses | None = None
    """Addresses for aggregate reports on what was refused, instead of those in `defaults`."""
    receives: StrictBool = False
    """Whether it takes mail all the same. It then has no null MX, and its MX is left alone."""


ParkedValue = Annotated[
    ParkedPart, BeforeValidator(partial(text_or_mapping, "name"), json_schema_input_type=ParkedName | ParkedPart)
]


class DefaultsPart(StrictModel):
    """What every domain of the file starts from; a domain's own key replaces the whole value."""

    mail_from: Annotated[MailFromValue, written_default("bounce.{region}")] = MailFromPart(name="bounce.{region}")
    """MAIL FROM domain: its name, a mapping, or `none` to leave it to SES (SPF passes there, but does not align)."""
    dkim: Annotated[DkimPart, written_default({})] = DkimPart()
    """How mail is signed: Easy DKIM."""
    dmarc: Annotated[DmarcValue, written_default(OFF)] = None
    """DMARC record, or `none` to publish none."""
    parked_reports: Addresses = []
    """Addresses for aggregate reports on parked domains."""


class DomainPart(StrictModel):
    """A sending domain."""

    name: SendingName
    """The domain of the From address, in any spelling: `Example.COM.`, `bücher.example`."""
    regions: Regions | None = None
    """Regions it sends from, instead of the environment's; the first is its home region."""
    mail_from: MailFromValue = None
    """MAIL FROM domain, instead of the one in `defaults`."""
    dkim: DkimPart | None = None
    """How mail is signed, instead of the one in `defaults`."""
    dmarc: DmarcValue = None
    """DMARC record, instead of the one in `defaults`."""
    identity: IdentityValue = None
    """`elsewhere`, or a mapping: another account holds the identity, or a vendor's. Its `regions` are where that is."""
    addresses: list[AddressValue] | None = None
    """Addresses that SES is to verify by themselves, each a text or a mapping: most domains need none."""
    stack: StackName | None = None
    """Domains with the same value share a stack of their own in each region. Once live, see `mailproof move`."""
    zone: ZoneName | None = None
    """One of `zones`, instead of the longest that contains the domain."""
    record_sets: RecordSets | None = None
    """Instead of the environment's."""
    tls_reports: TlsReportTargets | None = None
    """Where servers that send to the domain report on TLS: addresses, and addresses that begin with `https://`."""
    mta_sts: MtaStsPart | None = None
    """Asks servers that send to the domain for TLS. A stack serves the policy, by `serve`, or a web server of yours."""
    spf: SpfPart | None = None
    """SPF at the domain itself. Leave it out unless others than SES need it."""
    bimi: BimiPart | None = None
    """The logo that receivers may show beside its mail, once its DMARC policy is enforced."""


class GatePart(StrictModel):
    """What is waited for after each wave."""

    timeout_minutes: Annotated[StrictInt, Field(ge=1, le=GATE_TIMEOUT_LIMIT_MINUTES)] = 30
    """How long the domains of a wave may take to verify before the rollout stops."""


class RolloutPart(StrictModel):
    """How the environment is rolled out: when, and in which order its regions."""

    after: EnvironmentName | None = None
    """The environment that is rolled out before this one. Exactly one has none: it is the first."""
    approval: Literal["none", "required"] = "none"
    """Whether a person agrees before the first wave."""
    waves: WavesValue = "canary"
    """`canary`: the home region, then all others. `all`: one wave. Or lists of regions, each a wave."""
    concurrency: Annotated[StrictInt, Field(ge=1, le=CONCURRENCY_LIMIT)] = 2
    """Stacks that are deployed at once within a wave."""
    gate: Annotated[GatePart, written_default({})] = GatePart()
    """The proof after each wave."""


class EnvironmentPart(StrictModel):
    """One environment: an AWS account and the domains that send from it."""

    model_config = ConfigDict(
        title="mailproof environment file",
        json_schema_extra={"anyOf": [{"required": ["domains"]}, {"required": ["parked"]}]},
    )

    account: Account
    """The AWS account of the identities: 12 digits in quotes."""
    regions: Regions
    """Regions of every domain that names none; the first is the home region."""
    removal_policy: Literal["retain", "destroy"] = "retain"
    """What happens to identities and records that leave the file or whose stack is deleted."""
    tags: Tags = {}
    """Tags of every resource that takes tags."""
    zones: Annotated[dict[ZoneName, ZoneValue], Field(json_schema_extra={"additionalProperties": False})]
    """DNS zones by name: a hosted zone, or `external` for another DNS provider."""
    dns_region: Region | None = None
    """Region of the stack of records that serve all regions; the home region if left out. Once deployed, keep it."""
    deployed_as: EnvironmentName | None = None
    """Name that the file had when its stacks were made: they keep it. Leave it out unless the file was renamed."""
    stacks: Annotated[StrictInt, Field(ge=1, le=STACKS_LIMIT)] = 1
    """Stacks per region; above 1, domains spread by a stable hash of their name. Once live, see `mailproof move`."""
    record_sets: RecordSets = "individual"
    """One RecordSet per record, or one RecordSetGroup per domain and region, for fleets. Once live, keep `grouped`."""
    defaults: Annotated[DefaultsPart, written_default({})] = DefaultsPart()
    """What every domain starts from."""
    rollout: Annotated[RolloutPart, written_default({})] = RolloutPart()
    """How the environment is rolled out."""
    domains: Annotated[list[DomainPart], Field(json_schema_extra={"minItems": 1})] = []
    """The sending domains, in any order. Left out where all domains are parked."""
    parked: Annotated[list[ParkedValue], Field(json_schema_extra={"minItems": 1})] = []
    """Domains that send no mail: by null SPF, DMARC reject, revoked keys and null MX they have receivers refuse it."""
