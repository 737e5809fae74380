"""Records that a domain needs once, whatever the number of its regions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from mailproof.constructs_lib.arguments import literal, one_of, own_key
from mailproof.constructs_lib.fragment import include_resources
from mailproof.constructs_lib.owners import claims, owning
from mailproof.constructs_lib.zone import HostedZone, parse_zone
from mailproof.model import domain as spec
from mailproof.model.dmarc import Dmarc, DmarcPolicy, build_dmarc, parse_alias, parse_report_address
from mailproof.model.domain import parse_mail_from
from mailproof.model.errors import InvalidValue, NoValue
from mailproof.model.names import dmarc_name, parse_sending_domain
from mailproof.model.own_key import OwnKey
from mailproof.model.records import domain_wide_records
from mailproof.model.regions import parse_region
from mailproof.model.resources import RECORD_SETS, RecordSets, build_record_sets
from mailproof.model.signing import OwnKeyDkim
from mailproof.model.txt import TXT_LIMIT, quote_txt

if TYPE_CHECKING:
    from mailproof.model.dns_record import DnsRecord


class DomainRecords(Construct):
    """
    The DMARC record of a domain, the keys of its own, and MX and SPF of a MAIL FROM name that its regions share.

    Makes one ``AWS::Route53::RecordSet`` per record in the zone (or one ``AWS::Route53::RecordSetGroup``), TTL 1800 s.
    Makes no identity, nothing at the domain's own name, and no record by which a host elsewhere agrees to take DMARC
    reports. Route 53 is global: put it into one stack, and deploy that before the identities, since SES gives up on a
    MAIL FROM domain for which it finds no MX.

    Args:
        scope: Within any stack of the zone's account.
        id: Construct id.
        domain_name: Domain of the From address; at or below the zone.
        zone: Its hosted zone.
        dmarc: The DMARC policy; None publishes none.
        dmarc_alias: Name of a shared DMARC record: ``_dmarc`` becomes a CNAME to it. Not together with ``dmarc``.
        own_keys: Own DKIM keys whose TXT records are made: those that sign, and former ones.
        shared_mail_from: MAIL FROM domain that all regions use: relative to the domain, or complete; without
            ``{region}``. None publishes none.
        home_region: Region at which the MX of the shared MAIL FROM name points; required with it.
        record_sets: ``grouped`` makes one group of all, which CloudFormation cannot import.
        removal_policy: What becomes of the records when they leave the stack.

    Raises:
        InvalidValue: A name, address, region, zone or choice cannot be used, there is no record to make, or another
            construct of the app owns one; says what to write.

    Example::

        from aws_cdk import App, Environment, Stack
        from mailproof.constructs_lib import DomainRecords, HostedZoneReference
        from mailproof.model.dmarc import Dmarc, DmarcPolicy

        stack = Stack(App(), "dns", env=Environment(account="111122223333", region="us-east-1"))
        zone = HostedZoneReference("Z0123456789EXAMPLE", "example.com")
        policy = Dmarc(policy=DmarcPolicy.REJECT, reports=("dmarc@example.com",))
        DomainRecords(stack, "Dns", domain_name="example.com", zone=zone, dmarc=policy)

    Source: RFC 9989; https://docs.aws.amazon.com/ses/latest/dg/regions.html
    """

    def __init__(  # noqa: PLR0913 -- flat keyword properties, as constructs have them
        self,
        scope: Construct,
        id: str,  # noqa: A002 -- the name that constructs use
        *,
        domain_name: str,
        zone: HostedZone,
        dmarc: Dmarc | None = None,
        dmarc_alias: str | None = None,
        own_keys: Sequence[OwnKey] = (),
        shared_mail_from: str | None = None,
        home_region: str | None = None,
        record_sets: RecordSets = "individual",
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        name = parse_sending_domain(literal(domain_name, "domain name"))
        if zone is None:
            raise InvalidValue("has no hosted zone", domain_name, "give the one that holds its records")
        if shared_mail_from is not None and home_region is None:
            raise InvalidValue("shared MAIL FROM name has no home region", shared_mail_from, "give home_region")
        template = None
        if shared_mail_from is not None:
            template = parse_mail_from(literal(shared_mail_from, "MAIL FROM name"), name)
        domain = spec.SendingDomain(
            name=name,
            zone=parse_zone(scope, zone, name),
            regions=("",) if home_region is None else (parse_region(literal(home_region, "home region")),),
            mail_from=None if template is None else spec.MailFrom(template),
            dmarc=None if dmarc is None else _checked(dmarc),
            dmarc_alias="" if dmarc_alias is None else _alias(dmarc_alias, name, dmarc),
            signing=OwnKeyDkim(_keys(own_keys)),
            individual_records=one_of(RECORD_SETS, record_sets, "a form of record sets") == "individual",
        )
        self.records: list[DnsRecord] = domain_wide_records(domain)
        """The records that the construct makes, names without a trailing dot."""
        if domain.mail_from and domain.mail_from.is_regional:
            raise InvalidValue(
                "shared MAIL FROM name has a region", shared_mail_from, "SendingDomain makes its records"
            )
        if not self.records:
            raise InvalidValue("there is no record to make", domain_name, "give dmarc, own_keys or shared_mail_from")
        resources = build_record_sets(domain, self.records, "SharedRecords")
        stack = Stack.of(scope)
        with owning(stack, scope, id, claims(stack, zone, domain, self.records, resources)):
            super().__init__(scope, id)
            include_resources(self, resources, removal_policy=removal_policy)


def _keys(keys: Sequence[OwnKey]) -> tuple[OwnKey, ...]:
    found = {key.selector.lower(): key for key in map(own_key, keys)}
    if len(found) < len(keys):
        raise InvalidValue("has a selector twice", ", ".join(found), "give each key its own")
    return tuple(found.values())


def _alias(alias: str, domain: str, dmarc: Dmarc | None) -> str:
    if dmarc is not None:
        raise InvalidValue("has an alias and a record of its own", alias, "keep one of dmarc and dmarc_alias")
    name = parse_alias(literal(alias, "DMARC alias"))
    if name == dmarc_name(domain):
        raise InvalidValue("is the name itself", alias, "name another record")
    return name


def _checked(dmarc: Dmarc) -> Dmarc:
    if not isinstance(dmarc, Dmarc):
        raise InvalidValue("is not a Dmarc", dmarc, "write Dmarc(policy=…)")
    checked = replace(
        dmarc,
        policy=_policy(dmarc.policy),
        subdomain_policy=dmarc.subdomain_policy and _policy(dmarc.subdomain_policy),
        nonexistent_subdomain_policy=dmarc.nonexistent_subdomain_policy and _policy(dmarc.nonexistent_subdomain_policy),
        reports=tuple(map(parse_report_address, dmarc.reports)),
        failure_reports=tuple(map(parse_report_address, dmarc.failure_reports)),
    )
    if (size := len(quote_txt(build_dmarc(checked)))) > TXT_LIMIT:
        what = f"makes a record of {size} characters, and Route 53 accepts at most {TXT_LIMIT}"
        raise InvalidValue(what, NoValue, "give fewer addresses")
    return checked


def _policy(policy: str) -> DmarcPolicy:
    """Read a policy that may be a bare word, as environment files have it."""
    return DmarcPolicy(one_of(DmarcPolicy, policy, "a DMARC policy"))
