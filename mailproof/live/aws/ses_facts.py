"""Facts about an account, an identity and a configuration set, parsed from SES's answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mailproof.live.answer import AwsAnswer
from mailproof.live.aws.members import UnreadableAnswer, optional, required
from mailproof.model.domain import REJECT, USE_DEFAULT
from mailproof.model.names import dkim_name, host_name, is_host_name

STACK_TAG = "aws:cloudformation:stack-name"  # CloudFormation's own: nobody else can write it, and it outlives the stack
DEFAULT_SIGNING_HOST = "dkim.amazonses.com"  # of an answer without SigningHostedZone: regions that are older than it

SUCCESS = "SUCCESS"  # the state of what is verified: an identity, its DKIM, its MAIL FROM name
OF_ANOTHER_REGION = "AWS_SES_"  # begins the origin of a replica's key


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """
    An account in one region.

    Attributes:
        sending_enabled: Whether it may send at all.
        enforcement_status: ``HEALTHY``, ``PROBATION`` or ``SHUTDOWN``.
        production_access: False in the sandbox.
        quota: Messages in 24 hours; -1 without a limit, None if SES does not say.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
    """

    sending_enabled: bool
    enforcement_status: str
    production_access: bool
    quota: int | None


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """
    An identity in one region, fields as SES names them.

    Attributes:
        verification_status: ``SUCCESS``, ``PENDING``, …
        error_type: Why SES could not verify, empty if it does not say.
        dkim_status: ``SUCCESS``, ``PENDING``, ``FAILED``, ``TEMPORARY_FAILURE`` or ``NOT_STARTED``.
        signing_enabled: Whether mail is signed.
        signing_origin: Whose key signs: ``AWS_SES``, ``EXTERNAL`` or ``AWS_SES_EU_WEST_1``.
        tokens: Names of the DKIM records; the selector if the customer brought the key.
        signing_hosted_zone: Behind each token, the target of its record.
        key_length: ``RSA_1024_BIT`` or ``RSA_2048_BIT``; empty if SES does not say.
        next_key_length: As `key_length`, of the key that SES draws next.
        mail_from_domain: Lower-case; empty if there is none.
        mail_from_status: As `dkim_status`; empty if there is none.
        rejects_on_mx_failure: Whether mail is refused while the MX is not right.
        configuration_set: The default one; empty if there is none.
        forwards_feedback: Whether bounces and complaints are forwarded by mail; None if SES does not say.
        tags: Its tags, CloudFormation's own included.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html
    """

    verification_status: str
    error_type: str
    dkim_status: str
    signing_enabled: bool
    signing_origin: str
    tokens: tuple[str, ...]
    signing_hosted_zone: str
    key_length: str
    next_key_length: str
    mail_from_domain: str
    mail_from_status: str
    rejects_on_mx_failure: bool
    configuration_set: str
    forwards_feedback: bool | None
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def on_mx_failure(self) -> str:
        """What SES does with mail while it does not find the MX of the MAIL FROM name, in its own words."""
        return REJECT if self.rejects_on_mx_failure else USE_DEFAULT

    @property
    def uses_byodkim(self) -> bool:
        """Whether the customer brought the key."""
        return self.signing_origin == "EXTERNAL"

    @property
    def own_selector(self) -> str:
        """
        The selector of the customer's key, where SES names it; empty if it does not, or names keys of its own.

        The reference of the API promises it among the tokens, of which the developer guide shows none; three are those
        of Easy DKIM.

        Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DkimAttributes.html
        """
        return self.tokens[0] if self.uses_byodkim and len(self.tokens) == 1 else ""

    @property
    def primary_region(self) -> str:
        """The parent's region of a replica (Deterministic Easy DKIM); empty for others."""
        origin = self.signing_origin
        is_replica = origin.startswith(OF_ANOTHER_REGION)
        return origin.removeprefix(OF_ANOTHER_REGION).lower().replace("_", "-") if is_replica else ""

    @property
    def keys_in_words(self) -> str:
        """Whose key it signs with."""
        if self.uses_byodkim:
            return "signs with a key of its own (BYODKIM)"
        return f"is a replica of {self.primary_region}" if self.primary_region else "has keys of its own (Easy DKIM)"

    @property
    def stack_name(self) -> str:
        """The stack that made it, whether or not it still holds it; empty if none has said so."""
        return self.tags.get(STACK_TAG, "")

    def dkim_pairs(self, domain: str) -> tuple[tuple[str, str], ...]:
        """
        Return name and target of each CNAME of Easy DKIM; none if the customer brought the key.

        Args:
            domain: The identity's name.
        """
        if self.uses_byodkim:
            return ()
        return tuple((dkim_name(token, domain), f"{token}.{self.signing_hosted_zone}") for token in self.tokens)

    def own_dkim_pairs(self, domain: str) -> tuple[tuple[str, str], ...]:
        """Return the same, if the records are its own; none of a replica, whose records are its parent's."""
        return () if self.primary_region else self.dkim_pairs(domain)


def replica_origin(parent: str) -> str:
    """Return the origin of the key of a replica, as SES writes it: ``AWS_SES_EU_WEST_1``."""
    return f"{OF_ANOTHER_REGION}{parent.upper().replace('-', '_')}"


@dataclass(frozen=True, slots=True)
class ConfigurationSetFacts:
    """
    A configuration set.

    Attributes:
        sending_enabled: Whether mail that uses it is sent.
        rewrites: What of it has SES rewrite messages, in words.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
    """

    sending_enabled: bool
    rewrites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """
    What SES says of one region.

    Attributes:
        account: The account there.
        addresses: Address identities.
        identities: By domain.
        configuration_sets: By name, those that an identity has for its default.
        asked_at: When it was asked for each identity that it has said something of.
        kept: Domains whose facts are those of an earlier check.
        names: All identities that it lists; domains in lower case.
        address_facts: What it says of the address identities that were asked for.
    """

    account: AwsAnswer[AccountFacts]
    addresses: AwsAnswer[tuple[str, ...]]
    identities: dict[str, AwsAnswer[IdentityFacts]]
    configuration_sets: dict[str, AwsAnswer[ConfigurationSetFacts]]
    asked_at: dict[str, datetime] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    address_facts: dict[str, AwsAnswer[IdentityFacts]] = field(default_factory=dict)


def parse_account(answer: Mapping[str, Any]) -> AccountFacts:
    """
    Read an answer of GetAccount.

    Raises:
        UnreadableAnswer: It lacks something.
    """
    production_access = required(answer, "ProductionAccessEnabled", bool)
    find_quota = optional if production_access else required  # the sandbox has a finding of its own, which tells it
    quota = find_quota(answer, "SendQuota.Max24HourSend", float)
    return AccountFacts(
        sending_enabled=required(answer, "SendingEnabled", bool),
        enforcement_status=required(answer, "EnforcementStatus", str),
        production_access=production_access,
        quota=None if quota is None else int(quota),
    )


def parse_identity(answer: Mapping[str, Any]) -> IdentityFacts:
    """
    Read an answer of GetEmailIdentity.

    Raises:
        UnreadableAnswer: It lacks something, or a token or host is not a name that DNS can hold.
    """
    dkim: Mapping[str, Any] = required(answer, "DkimAttributes", dict)
    mail_from = host_name(optional(answer, "MailFromAttributes.MailFromDomain", str, ""))
    origin = required(answer, "DkimAttributes.SigningAttributesOrigin", str)
    status = required(answer, "DkimAttributes.Status", str)
    has_tokens = status != "NOT_STARTED" and origin != "EXTERNAL"
    tokens = required(answer, "DkimAttributes.Tokens", list) if has_tokens else dkim.get("Tokens") or ()
    return IdentityFacts(
        verification_status=required(answer, "VerificationStatus", str),
        error_type=optional(answer, "VerificationInfo.ErrorType", str, ""),
        dkim_status=status,
        signing_enabled=required(answer, "DkimAttributes.SigningEnabled", bool),
        signing_origin=origin,
        tokens=tuple(map(_checked, tokens)),
        signing_hosted_zone=_checked(optional(answer, "DkimAttributes.SigningHostedZone", str, DEFAULT_SIGNING_HOST)),
        key_length=optional(answer, "DkimAttributes.CurrentSigningKeyLength", str, ""),
        next_key_length=optional(answer, "DkimAttributes.NextSigningKeyLength", str, ""),
        mail_from_domain=mail_from,
        mail_from_status=required(answer, "MailFromAttributes.MailFromDomainStatus", str) if mail_from else "",
        rejects_on_mx_failure=optional(answer, "MailFromAttributes.BehaviorOnMxFailure", str) == REJECT,
        configuration_set=optional(answer, "ConfigurationSetName", str, ""),
        forwards_feedback=optional(answer, "FeedbackForwardingStatus", bool),
        tags={tag["Key"]: tag["Value"] for tag in optional(answer, "Tags", list, ())},
    )


def _checked(name: str) -> str:
    """Return part of a DKIM record's name or target; it is published, so that nothing but a name may be in it."""
    held = host_name(name)
    if not is_host_name(held):
        raise UnreadableAnswer(f"names a DKIM record that cannot be: {name!r}")
    return held


def parse_configuration_set(answer: Mapping[str, Any]) -> ConfigurationSetFacts:
    """
    Read an answer of GetConfigurationSet.

    Raises:
        UnreadableAnswer: It lacks something.
    """
    redirect = optional(answer, "TrackingOptions.CustomRedirectDomain", str, "")
    metrics = optional(answer, "VdmOptions.DashboardOptions.EngagementMetrics", str, "")
    rewrites = [f"tracking by {redirect}"] if redirect else []
    rewrites += ["engagement metrics of VDM"] if metrics == "ENABLED" else []
    return ConfigurationSetFacts(required(answer, "SendingOptions.SendingEnabled", bool), tuple(rewrites))
