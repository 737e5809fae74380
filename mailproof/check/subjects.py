"""Subjects of rules beside the records themselves: facts, and what other findings leave of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.ses_facts import AccountFacts, ConfigurationSetFacts, IdentityFacts
from mailproof.live.record_facts import DmarcFacts, DmarcStep, ReportFacts
from mailproof.model.dmarc import Dmarc
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.record_kind import RecordKind


@dataclass(frozen=True, slots=True)
class AccountSubject:
    """
    The account in one region.

    Attributes:
        region: AWS region.
        facts: What SES says.
    """

    region: str
    facts: AccountFacts


@dataclass(frozen=True, slots=True)
class SesAccount:
    """
    The account whose SES has answered.

    Attributes:
        wanted: Of the environment.
        found: That the credentials belong to.
    """

    wanted: str
    found: str | Unanswered


@dataclass(frozen=True, slots=True)
class SesUnavailable:
    """
    Calls to SES that nobody answered.

    Attributes:
        region: AWS region.
        domain: The one identity that it concerns; None if it concerns the region.
        why: What came instead.
    """

    region: str
    domain: str | None
    why: Unanswered


@dataclass(frozen=True, slots=True)
class MissingIdentity:
    """
    An identity that SES does not know.

    Attributes:
        domain: Sending domain.
        region: AWS region.
        environment: Whose stack is to hold it.
    """

    domain: str
    region: str
    environment: Environment


@dataclass(frozen=True, slots=True)
class IdentitySubject:
    """
    An identity in one region.

    Attributes:
        wanted: The domain of the file.
        region: AWS region.
        facts: What SES says.
        dkim_is_right: Whether each of its DKIM records is right; False as well if one could not be asked for.
        mx_is_right: The same of the MX of its MAIL FROM name.
        configuration_set: Its default one; None if it has none.
        environment: Whose stack is to hold it.
        parent: What SES says of the identity whose replica it is to be; None if that was not asked, or there is none.
    """

    wanted: SendingDomain
    region: str
    facts: IdentityFacts
    dkim_is_right: bool
    mx_is_right: bool
    configuration_set: AwsAnswer[ConfigurationSetFacts] | None
    environment: Environment
    parent: IdentityFacts | None = None

    @property
    def domain(self) -> str:
        """Sending domain."""
        return self.wanted.name

    @property
    def wanted_mail_from(self) -> str | None:
        """The MAIL FROM name of the file; None if it asks for none."""
        return self.wanted.mail_from.name(self.region) if self.wanted.mail_from else None

    @property
    def mail_from_status(self) -> str:
        """SES's MAIL FROM status, if it holds the name of the file; else empty."""
        return self.facts.mail_from_status if self.facts.mail_from_domain == self.wanted_mail_from else ""


@dataclass(frozen=True, slots=True)
class AddressSubject:
    """
    An address identity at a sending domain or below.

    Attributes:
        domain: The longest listed domain that contains it.
        region: AWS region.
        name: The address.
        facts: What SES says of it; None if it was not asked, or did not say.
        of_domain: The same of the identity of the domain.
    """

    domain: str
    region: str
    name: str
    facts: IdentityFacts | None = None
    of_domain: IdentityFacts | None = None


@dataclass(frozen=True, slots=True)
class DeclaredAddress:
    """
    An address that the file wants to have an identity of its own.

    Attributes:
        wanted: Its domain.
        region: AWS region.
        name: The address.
        found: What SES says of it.
        environment: Whose file has it.
    """

    wanted: SendingDomain
    region: str
    name: str
    found: IdentityFacts | NotFound
    environment: Environment

    @property
    def domain(self) -> str:
        """The domain."""
        return self.wanted.name


@dataclass(frozen=True, slots=True)
class ParkedUse:
    """
    A sign that a parked domain is in use.

    Attributes:
        domain: The domain.
        region: AWS region, of something in SES.
        name: Where the sign is: a name in DNS, or an identity.
        type: Its type in DNS.
        what: What is there.
    """

    domain: str
    region: str | None
    name: str
    type: str | None
    what: str


@dataclass(frozen=True, slots=True)
class UnansweredName:
    """
    A name that a judgement needed and nobody answered for.

    Attributes:
        domain: Of the first record that needed it.
        region: Likewise.
        name: The name.
        type: The type asked for.
        why: What came instead.
    """

    domain: str
    region: str | None
    name: str
    type: str
    why: Unanswered


@dataclass(frozen=True, slots=True)
class DmarcSubject:
    """
    What stands at one `_dmarc` name, met by the walks of one or more domains.

    Attributes:
        domain: The shortest listed domain that it governs.
        step: The name and what stands there.
        governed: The domains whose walks met it, in the order of the file.
        in_force: Those whose policy it is.
        listed: All sending domains that are looked at.
    """

    domain: str
    step: DmarcStep
    governed: tuple[DmarcFacts, ...]
    in_force: tuple[DmarcFacts, ...]
    listed: tuple[str, ...] = ()

    type = "TXT"
    region = None

    @property
    def name(self) -> str:
        """The name."""
        return self.step.name

    @property
    def own(self) -> DmarcFacts | None:
        """The domain of the file whose own record this is."""
        return next((facts for facts in self.governed if facts.domain == self.step.where), None)

    @property
    def wanted(self) -> Dmarc | None:
        """What the file asks for at this name; None if nothing."""
        return self.own.wanted if self.own else None

    @property
    def deployed_by(self) -> Environment | None:
        """The environment whose stacks are to hold it; None where a person publishes it."""
        return self.own.deployed_by if self.own else None


@dataclass(frozen=True, slots=True)
class MissingPolicy:
    """
    A DMARC record that is not there.

    Attributes:
        domain: The shortest listed domain that it would govern.
        name: Where it would be.
        wanted: What the file asks for; None if any record will do.
        governed: The listed domains that lack it.
        alias: Where its name points, if it is a CNAME without a record behind it.
        deployed_by: The environment whose stacks are to hold it; None where a person publishes it.
        wanted_alias: Where the file wants the name to point; empty if it asks for no alias.
    """

    domain: str
    name: str
    wanted: Dmarc | None
    governed: tuple[str, ...]
    alias: str | None
    deployed_by: Environment | None = None
    wanted_alias: str = ""

    type = "TXT"
    region = None


def shortest(policies: Iterable[DmarcFacts]) -> str:
    """Return the domain with the fewest labels, then letters; of equals the first in the file."""
    return min((facts.domain for facts in policies), key=lambda name: (name.count("."), len(name)))


@dataclass(frozen=True, slots=True)
class ReportSubject:
    """
    A host that takes reports.

    Attributes:
        domain: The shortest listed domain whose record names it.
        facts: What is known of it.
    """

    domain: str
    facts: ReportFacts

    type = "TXT"
    region = None

    @property
    def name(self) -> str:
        """The name by which the host agrees."""
        return self.facts.name


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """
    A record that only a resolver's cache has wrongly.

    Attributes:
        domain: Of the record.
        region: Of the record.
        name: Its name.
        type: Its type.
        kept: What the cache says, and for how long.
    """

    domain: str | None
    region: str | None
    name: str
    type: str
    kept: str


@dataclass(frozen=True, slots=True)
class OutOfStep:
    """
    A record that some of its zone's servers have rightly, and others not.

    Attributes:
        domain: Of the record.
        region: Of the record.
        name: Its name.
        type: Its type.
        answers: Server to what is wrong there.
    """

    domain: str | None
    region: str | None
    name: str
    type: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BogusRecord(UnansweredName):
    """A name of the zone itself for which validating resolvers refuse the answer: that is known to be wrong."""


@dataclass(frozen=True, slots=True)
class DelegatedName:
    """
    A name between a wanted record and its zone that is delegated to other servers.

    Attributes:
        domain: Of the first record below it.
        name: The name.
        servers: To which it is delegated.
        kind: What the first record below it is for.
        environment: Whose file asks for it.
    """

    domain: str
    name: str
    servers: tuple[str, ...]
    kind: RecordKind
    environment: Environment

    type = "NS"
    region = None


@dataclass(frozen=True, slots=True)
class DomainMx:
    """
    The MX of a sending domain itself.

    Attributes:
        domain: The domain.
        hosts: Its mail hosts.
    """

    domain: str
    hosts: tuple[str, ...]

    type = "MX"
    region = None

    @property
    def name(self) -> str:
        """The domain."""
        return self.domain
