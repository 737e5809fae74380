"""DNS answers about one record that a domain needs, and the second queries that explain an absence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailproof.live.answer import DnsAnswer, MxAnswer, NameAnswer, TxtAnswer, Unanswered
from mailproof.live.elsewhere import Elsewhere
from mailproof.live.spf_reading import SpfReading
from mailproof.model.dmarc import Dmarc, agreement_name
from mailproof.model.dns_record import DnsRecord
from mailproof.model.environment import Environment
from mailproof.model.names import dmarc_name
from mailproof.model.own_key import OwnKey

SUPPRESSED = Unanswered("not asked", "its zone has a finding of its own")
"""Stands for the answer about a name in a zone that is judged as a whole: neither right nor wrong, nor reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """
    A record that is wanted.

    Attributes:
        domain: The sending domain.
        region: The one region that it serves; None if it serves several.
        zone: The zone that holds it.
        name: Its owner name.
        type: Its type.
        zones: Zones that may be found behind a name by mistake, its own first.
        deployed_by: The environment whose stacks are to hold it; None where a person publishes it: another provider
            serves the zone, or the file does not ask for the record.
        cut: The name between the record and its zone that is delegated to other servers, and those; looked for only if
            the record is absent.
        elsewhere: Other names at which it may stand, and what is there; looked for as `cut`.
    """

    type: str = "TXT"

    domain: str
    region: str | None
    zone: str
    name: str
    zones: tuple[str, ...] = ()
    deployed_by: Environment | None = None
    cut: tuple[str, tuple[str, ...]] | None = None
    elsewhere: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimFacts(RecordFacts):
    """
    One CNAME of Easy DKIM.

    Attributes:
        token: The label that SES chose.
        target: Where it should point.
        answer: CNAME at the name.
        addresses: A and AAAA at the name; looked for only if the CNAME is absent, as all that follows.
        texts: TXT at the name.
        target_texts: TXT at the target; looked for only if there is a TXT at the name.
        key: TXT behind the CNAME; looked for only if SES cannot be asked whether there is a key.
    """

    type: str = "CNAME"

    token: str
    target: str
    answer: NameAnswer
    addresses: tuple[str, ...] = ()
    texts: TxtAnswer | None = None
    target_texts: TxtAnswer | None = None
    key: TxtAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByoDkimFacts(RecordFacts):
    """
    The key record of a key that the customer brought.

    Attributes:
        answer: TXT at the name.
        key: Of the file; None if SES alone tells of it.
    """

    answer: TxtAnswer
    key: OwnKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasFacts(RecordFacts):
    """
    The MAIL FROM name, as far as it is a CNAME.

    Attributes:
        alias: Where it points; None if it is not a CNAME.
        wildcard: The name of the wildcard that answers; empty if the CNAME is at the name itself.
        wanted: The records to publish in its place.
    """

    type: str = "CNAME"

    alias: str | None
    wildcard: str = ""
    wanted: tuple[DnsRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MxFacts(RecordFacts):
    """
    The MX of a MAIL FROM name.

    Attributes:
        hosts: Feedback hosts of the regions that use the name, the wanted one first; any of them is right.
        answer: MX at the name.
        wildcard: The name of the wildcard that answers; looked for only if the answer is wrong, and empty if the MX is
            at the name itself.
    """

    type: str = "MX"

    hosts: tuple[str, ...]
    answer: MxAnswer
    wildcard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfFacts(RecordFacts):
    """
    The SPF record of a MAIL FROM name.

    Attributes:
        wanted: The record to publish.
        answer: TXT at the name.
        reading: What the record means; None if there is not exactly one.
        repaired: What the records at the name, or a text that means to be one, become without their faults; empty if
            there is none, or no fault.
    """

    wanted: str
    answer: TxtAnswer
    reading: SpfReading | None = None
    repaired: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFacts(RecordFacts):
    """
    A record whose kind no other rules judge.

    Attributes:
        wanted: The record to publish.
        answer: What is at the name, of its type.
    """

    wanted: DnsRecord
    answer: DnsAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class ApexSpfFacts(RecordFacts):
    """
    The SPF record of a domain itself, which is to include some names.

    Attributes:
        wanted: The names.
        answer: TXT at the domain.
    """

    wanted: tuple[str, ...]
    answer: TxtAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFromFacts:
    """A MAIL FROM name, in the order in which it is judged."""

    alias: AliasFacts
    mx: MxFacts
    spf: SpfFacts


@dataclass(frozen=True, slots=True)
class DmarcStep:
    """
    One question of a tree walk.

    Attributes:
        where: The name below which `_dmarc` was asked.
        answer: TXT there.
    """

    where: str
    answer: TxtAnswer

    @property
    def name(self) -> str:
        """The name asked."""
        return dmarc_name(self.where)


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcFacts(RecordFacts):
    """
    The DMARC policy of one domain.

    Attributes:
        wanted: What the file asks for; None if an inherited record will do.
        alias: Where the file wants the name of its record to point; empty if it asks for no alias.
        has_mail_from: Whether the file has a MAIL FROM name for the domain.
        steps: Of the tree walk, the domain itself first. The domain's own alone if the file has a record for it.
        dangling_aliases: Names of the walk at whose `_dmarc` is a CNAME without a record behind it, to its target;
            looked for only if nothing was found.
        reports: What is known of each host that takes reports outside the domain.
        above: The rest of the walk, behind a record of the domain's own that has a say in names below it; looked for
            only if the domain is not a registered one.
        sends: Whether it sends mail; a parked domain does not.
        has_logo: Whether the file has a logo for the domain.
    """

    wanted: Dmarc | None
    has_mail_from: bool
    steps: tuple[DmarcStep, ...]
    dangling_aliases: Mapping[str, str] = field(default_factory=dict)
    reports: tuple["ReportFacts", ...] = ()
    above: tuple[DmarcStep, ...] = ()
    alias: str = ""

    @property
    def has_own(self) -> bool:
        """Whether the file asks for a record, or an alias, at the domain's own name."""
        return self.wanted is not None or bool(self.alias)

    sends: bool = True
    has_logo: bool = False


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """
    A host that takes the reports of a DMARC record.

    Attributes:
        where: Where the record was found.
        host: Host of the address.
        same_organisation: Whether both lie in one organisational domain; the step without an answer, if there is one.
        answer: TXT at the name by which the host agrees; None if it was not needed.
        deployed_by: The environment whose stacks are to hold that record; None if the host's owner publishes it.
    """

    where: str
    host: str
    same_organisation: bool | DmarcStep
    answer: TxtAnswer | None
    deployed_by: Environment | None = None

    @property
    def name(self) -> str:
        """The name by which the host agrees."""
        return agreement_name(self.where, self.host)
