"""SES in one region: every call that is made to it. What fails is raised as boto3 raises it; see `ask_aws`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard, TypeVar

from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws.members import UnreadableAnswer, optional, required
from mailproof.live.aws.pace import THROTTLED
from mailproof.live.aws.remedies import NO_CONNECTION, NO_CREDENTIALS, NOT_ENABLED, WRONG_CLOCK, WRONG_SIGNATURE
from mailproof.live.aws.secrets import PrivateKey
from mailproof.live.aws.ses_facts import (
    AccountFacts,
    ConfigurationSetFacts,
    IdentityFacts,
    parse_account,
    parse_configuration_set,
    parse_identity,
    replica_origin,
)
from mailproof.model.domain import MailFrom
from mailproof.model.names import identity_name

PAGE_SIZE = 1000
REFUSALS_LIMIT = 7
# What says that no call of the region will be answered, so that thousands of identities are not asked for one by one.
REGION_WIDE = NO_CREDENTIALS | NO_CONNECTION | NOT_ENABLED | WRONG_CLOCK | WRONG_SIGNATURE | {"ProfileNotFound"}

T = TypeVar("T")


def fetch_account_facts(client: Any) -> AccountFacts:
    """Read the account in the region of a client."""
    return parse_account(client.get_account())


def fetch_send_quota(client: Any) -> Mapping[str, Any]:
    """Read how much the account may send in the region of a client, and has sent."""
    quota: Mapping[str, Any] = required(client.get_account(), "SendQuota", dict)
    return quota


def send_message(client: Any, sender: str, recipient: str, content: Mapping[str, Any]) -> str:
    """Hand SES a message, and return the id that it gives it."""
    answer = client.send_email(FromEmailAddress=sender, Destination={"ToAddresses": [recipient]}, Content=content)
    return required(answer, "MessageId", str)


def fetch_identity(client: Any, domain: str) -> IdentityFacts:
    """Read one identity."""
    return parse_identity(client.get_email_identity(EmailIdentity=domain))


def fetch_configuration_set(client: Any, name: str) -> ConfigurationSetFacts:
    """Read one configuration set."""
    return parse_configuration_set(client.get_configuration_set(ConfigurationSetName=name))


def fetch_event_destinations(client: Any, name: str) -> Sequence[Any]:
    """Read where a configuration set sends events, as SES writes it."""
    answer = client.get_configuration_set_event_destinations(ConfigurationSetName=name)
    return optional(answer, "EventDestinations", list, ())


@dataclass(frozen=True, slots=True)
class ListedIdentity:
    """
    An identity as the list of a region has it.

    Attributes:
        name: Its name, as SES writes it.
        state: What else the list says of it.
    """

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class ListedRegion:
    """
    All identities of a region.

    Attributes:
        endpoint: Who says so.
        identities: By name, domains in lower case; addresses included.
    """

    endpoint: str
    identities: Mapping[str, ListedIdentity]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, as SES writes them."""
        return tuple(identity.name for identity in self.identities.values())

    @property
    def addresses(self) -> tuple[str, ...]:
        """The names of single addresses."""
        return tuple(name for name in self.names if "@" in name)


def list_region(client: Any) -> ListedRegion:
    """List all identities of a region."""
    found = {identity_name(identity.name): identity for identity in list_identities(client)}
    return ListedRegion(str(client.meta.endpoint_url), found)


def list_identities(client: Any) -> Iterator[ListedIdentity]:
    """Yield all identities of a region, addresses included; boto3 has no paginator for them."""
    token: dict[str, str] = {}
    while True:
        page = client.list_email_identities(PageSize=PAGE_SIZE, **token)
        yield from map(_parse_listed, required(page, "EmailIdentities", list))
        before, token = token, {"NextToken": page.get("NextToken")}
        if not token["NextToken"]:
            return
        if token == before:
            raise UnreadableAnswer("holds the same NextToken again")


def _parse_listed(found: Mapping[str, Any]) -> ListedIdentity:
    """Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_IdentityInfo.html."""
    status = optional(found, "VerificationStatus", str, "")
    may_send = optional(found, "SendingEnabled", bool, default=False)
    return ListedIdentity(required(found, "IdentityName", str), f"{status} {may_send}")


def create_replica(client: Any, domain: str, parent: str) -> None:
    """
    Create an identity that signs with the key of another region's (Deterministic Easy DKIM).

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailIdentity.html
    """
    origin = {"DomainSigningAttributesOrigin": replica_origin(parent)}
    client.create_email_identity(EmailIdentity=domain, DkimSigningAttributes=origin)


def delete_identity(client: Any, domain: str) -> None:
    """Delete one identity."""
    client.delete_email_identity(EmailIdentity=domain)


def restart_dkim(client: Any, domain: str) -> None:
    """
    Make SES look for the records of Easy DKIM again.

    Any other key that the identity signs with is replaced. Should SES choose other tokens, the next look at the records
    says which are missing.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutEmailIdentityDkimSigningAttributes.html
    """
    sign_with_key_of_ses(client, domain)


def sign_with_key_of_ses(client: Any, domain: str, key_length: str = "") -> None:
    """
    Have mail signed with a key that SES draws, of one length or of that which SES takes; it looks for the records anew.

    Source: as of `restart_dkim`
    """
    attributes = {"SigningAttributes": {"NextSigningKeyLength": key_length}} if key_length else {}
    client.put_email_identity_dkim_signing_attributes(
        EmailIdentity=domain, SigningAttributesOrigin="AWS_SES", **attributes
    )


def sign_with_own_key(client: Any, domain: str, selector: str, private: PrivateKey) -> None:
    """
    Have mail signed with a key of one's own; SES looks for its record anew.

    Source: as of `restart_dkim`
    """
    attributes = {"DomainSigningSelector": selector, "DomainSigningPrivateKey": private.reveal()}
    client.put_email_identity_dkim_signing_attributes(
        EmailIdentity=domain, SigningAttributesOrigin="EXTERNAL", SigningAttributes=attributes
    )


def set_signing(client: Any, domain: str, *, on: bool) -> None:
    """
    Switch DKIM signing of an identity on or off.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutEmailIdentityDkimAttributes.html
    """
    client.put_email_identity_dkim_attributes(EmailIdentity=domain, SigningEnabled=on)


def set_forwarding(client: Any, domain: str, *, on: bool) -> None:
    """
    Have bounces and complaints forwarded by mail, or not.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutEmailIdentityFeedbackAttributes.html
    """
    client.put_email_identity_feedback_attributes(EmailIdentity=domain, EmailForwardingEnabled=on)


def set_configuration_set(client: Any, domain: str, name: str) -> None:
    """
    Set the default configuration set of an identity.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutEmailIdentityConfigurationSetAttributes.html
    """
    client.put_email_identity_configuration_set_attributes(EmailIdentity=domain, ConfigurationSetName=name)


def send_verification(client: Any, address: str) -> None:
    """
    Have SES send the mail by which an address is verified once more; its link is good for 24 hours.

    Args:
        client: Of SES's first interface (`ses`), which alone can.
        address: The address.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference/API_VerifyEmailIdentity.html
    """
    client.verify_email_identity(EmailAddress=address)


def restart_mail_from(client: Any, domain: str, region: str, mail_from: MailFrom) -> None:
    """Make SES look for the MX record of a MAIL FROM domain again, by setting it as the file has it."""
    set_mail_from(client, domain, mail_from.name(region), mail_from.on_mx_failure.value.upper())


def set_mail_from(client: Any, domain: str, name: str, on_mx_failure: str) -> None:
    """
    Set the MAIL FROM domain of an identity; SES then looks for its MX record anew.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutEmailIdentityMailFromAttributes.html
    """
    client.put_email_identity_mail_from_attributes(
        EmailIdentity=domain, MailFromDomain=name, BehaviorOnMxFailure=on_mx_failure
    )


class Breaker:
    """
    Gives up on a region that answers nothing.

    Without usable credentials nothing more is asked. Otherwise one refusal that holds for the whole region is enough,
    or several for throttling, as long as nothing has been answered before. May be used from several threads.
    """

    def __init__(self) -> None:
        self._refused = 0
        self._has_answered = False
        self._refusal: Unanswered | None = None

    @property
    def refusal(self) -> Unanswered | None:
        """Why nothing more is to be asked; None while there is hope."""
        is_final = self._refusal is not None and self._refusal.reason in NO_CREDENTIALS
        return self._refusal if is_final or not self._has_answered else None

    def ask(self, call: Callable[[], AwsAnswer[T]]) -> AwsAnswer[T]:
        """Return what a call answers, or why it is not made."""
        if (refusal := self.refusal) is not None:
            return refusal
        answer = call()
        self.note(answer)
        return answer

    def note(self, answer: object) -> None:
        """Count one outcome."""
        if not _is_refused(answer):
            self._has_answered = True
            return
        self._refused += 1
        if answer.reason in REGION_WIDE or self._refused >= REFUSALS_LIMIT:
            self._refusal = answer


def _is_refused(answer: object) -> TypeGuard[Unanswered]:
    """Tell whether a region refused a call for a reason that holds for its other calls, too."""
    return isinstance(answer, Unanswered) and answer.reason in REGION_WIDE | THROTTLED
