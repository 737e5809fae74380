"""Schema of an environment file, key by key. The JSON Schema for editors is generated from it."""

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    Tag,
    WithJsonSchema,
    WrapValidator,
    field_validator,
)
from pydantic_core import PydanticCustomError

from mailproof.model.bimi import DEFAULT_SELECTOR, AvatarPreference
from mailproof.model.domain import OnMxFailure
from mailproof.model.file_values import (
    DMARC_BEGINS,
    OFF,
    Account,
    Addresses,
    AddressText,
    ApexText,
    BimiSelector,
    DmarcAlignment,
    DmarcPublicSuffix,
    EnvironmentName,
    FailureOptions,
    FormerName,
    HostName,
    HttpsUri,
    Labels,
    MailFromName,
    MailFromNames,
    MxFailure,
    MxPatterns,
    ParkedName,
    Policy,
    RecordName,
    Region,
    Regions,
    Schedule,
    Senders,
    SendingName,
    StackName,
    Stage,
    Tags,
    TlsReportTargets,
    Tokens,
    TopicArn,
    ZoneId,
    ZoneName,
    checked,
    elsewhere_or_mapping,
    external_or_mapping,
    listed_once,
    off_or_mapping,
    text_or_mapping,
    written_default,
)
from mailproof.model.mta_sts import DAY_S, MAX_AGE_LIMIT_S, MtaStsMode
from mailproof.model.placement import STACKS_LIMIT
from mailproof.model.rollout import CONCURRENCY_LIMIT, GATE_TIMEOUT_LIMIT_MINUTES
from mailproof.model.watch import KEEP_LIMIT_DAYS


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
    """How DKIM has to align: `r` (relaxed, the default) or `s` (strict): with `s`, From names below the domain fail,
    unless they have an identity of their own."""
    aspf: DmarcAlignment | None = None
    """How SPF has to align: `r` (relaxed, the default) or `s` (strict): with `s` it never does, since MAIL FROM is
    below the domain."""
    fo: FailureOptions = ""
    """When failure reports are sent: `0` (the default), `1`, `d`, `s`, with colons between them."""
    psd: DmarcPublicSuffix | None = None
    """`n` makes this the organisational domain, so a subdomain no longer aligns with domains above; `y` is for
    registries."""
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
    """`pending` while resolvers still ask other servers: the zone is filled, and what those answer is checked."""


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
    """An address with an SES identity of its own, verified by a mail to it; its settings override the domain's."""

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
    """Addresses that get an SES identity of their own, each a string or a mapping: most domains need none."""
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
    probe: StrictBool = False
    """Whether SES then has to take on a message of every domain and region, to its mailbox simulator."""


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


class WatchPart(StrictModel):
    """A stack that checks the environment again and again, keeps what it finds, and says what is new."""

    schedule: Schedule = "rate(1 day)"
    """When: a rate or cron expression of Amazon EventBridge, in UTC."""
    region: Region | None = None
    """Region of the stack; the home region if left out."""
    topic: TopicArn | None = None
    """SNS topic that is told what is new, in the same region; without it the stack makes one."""
    keep_days: Annotated[StrictInt, Field(ge=1, le=KEEP_LIMIT_DAYS)] = 400
    """How long runs and reports are kept."""
    mask: StrictBool = False
    """Show only the first character and the domain of addresses in runs, reports and notices."""


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
    deployed_as: FormerName | None = None
    """Name that the file had when its stacks were made: they keep it. Leave it out unless the file was renamed."""
    stacks: Annotated[StrictInt, Field(ge=1, le=STACKS_LIMIT)] = 1
    """Stacks per region; above 1, domains spread by a stable hash of their name. Once live, see `mailproof move`."""
    record_sets: RecordSets = "individual"
    """One RecordSet per record, or one RecordSetGroup per domain and region, for fleets. Once live, keep `grouped`."""
    defaults: Annotated[DefaultsPart, written_default({})] = DefaultsPart()
    """What every domain starts from."""
    rollout: Annotated[RolloutPart, written_default({})] = RolloutPart()
    """How the environment is rolled out."""
    watch: WatchPart | None = None
    """Checks the environment on a schedule, in a stack of its own. Leave it out where CI does."""
    domains: Annotated[list[DomainPart], Field(json_schema_extra={"minItems": 1})] = []
    """The sending domains, in any order. Left out where all domains are parked."""
    parked: Annotated[list[ParkedValue], Field(json_schema_extra={"minItems": 1})] = []
    """Domains that send no mail: by null SPF, DMARC reject, revoked keys and null MX they have receivers refuse it."""
