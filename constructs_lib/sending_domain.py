"""One domain that sends from one region."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack, Token
from constructs import Construct

from mailproof.constructs_lib.arguments import literal, one_of
from mailproof.constructs_lib.arguments import own_key as own_key_of
from mailproof.constructs_lib.fragment import dkim_tokens, include_resources, included_identity
from mailproof.constructs_lib.owners import claims, owning
from mailproof.constructs_lib.zone import HostedZone, parse_zone
from mailproof.model import domain as spec
from mailproof.model.dns_record import DkimPair, DnsRecord
from mailproof.model.domain import OnMxFailure, parse_mail_from
from mailproof.model.errors import InvalidValue
from mailproof.model.names import parse_sending_domain
from mailproof.model.own_key import OwnKey, check_ses_key, parse_secret, parse_version
from mailproof.model.record_kind import DKIM, MAIL_FROM_MX, MAIL_FROM_SPF
from mailproof.model.records import expected_records
from mailproof.model.regions import parse_region
from mailproof.model.resources import (
    RECORD_SETS,
    RecordSets,
    build_identity,
    build_record_sets,
    dkim_attributes,
)
from mailproof.model.signing import EasyDkim, OwnKeyDkim, Signing

if TYPE_CHECKING:
    from aws_cdk.aws_ses import CfnEmailIdentity

DKIM_KEY_LENGTHS_BITS = (None, 1024, 2048)


class SendingDomain(Construct):
    """
    An SES domain identity that signs, with a custom MAIL FROM domain, in the region of its stack.

    Makes one ``AWS::SES::EmailIdentity`` and, in the zone, one ``AWS::Route53::RecordSet`` for each of the three DKIM
    CNAMEs and the MAIL FROM domain's MX and SPF (or one ``AWS::Route53::RecordSetGroup``). Makes no DMARC record: it
    exists once for all regions and belongs to `DomainRecords`. Makes no zone, no role, no Lambda function and nothing
    at the domain's own name. Does not wait until SES has verified the domain.

    The identity's logical id depends on the domain alone: the construct can be renamed and moved within its stack.

    Args:
        scope: Within a stack whose region is known.
        id: Construct id.
        domain_name: Domain of the From address; at or below the zone.
        zone: Its hosted zone, in the stack's account. None publishes nothing: `records` says what to publish.
        mail_from: MAIL FROM domain: relative to the domain, or complete. ``{region}`` gives every region a name of its
            own. None leaves mail on SES's own MAIL FROM domain.
        mail_from_records: False where another construct holds MX and SPF of a MAIL FROM name that regions share:
            `DomainRecords`, or the `SendingDomain` of one region.
        on_mx_failure: `OnMxFailure`: send with amazonses.com, or refuse, while the MX is not right.
        dkim_key_length: 1024 or 2048 bits; None leaves it to SES (2048). SES changes it at most once in 24 hours.
        own_key: Own DKIM key that SES signs with (BYODKIM) instead of Easy DKIM; its secret is in the stack's account.
            Its record serves all regions and belongs to `DomainRecords`, which is deployed first.
        record_sets: ``grouped`` makes one group of all, which CloudFormation cannot import.
        removal_policy: What becomes of identity and records when they leave the stack.

    Raises:
        InvalidValue: A name, the region, the zone or a choice cannot be used, or another construct of the app owns the
            identity or a record; says what to write.

    Example::

        from aws_cdk import App, Environment, Stack
        from mailproof.constructs_lib import HostedZoneReference, SendingDomain

        app = App()
        zone = HostedZoneReference("Z0123456789EXAMPLE", "example.com")
        for region in ("us-east-1", "eu-west-1"):
            stack = Stack(app, f"mail-{region}", env=Environment(account="111122223333", region=region))
            SendingDomain(stack, "News", domain_name="news.example.com", zone=zone)

    Source: https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
    """

    def __init__(  # noqa: PLR0913 -- flat keyword properties, as constructs have them
        self,
        scope: Construct,
        id: str,  # noqa: A002 -- the name that constructs use
        *,
        domain_name: str,
        zone: "HostedZone | None" = None,
        mail_from: str | None = "bounce.{region}",
        mail_from_records: bool = True,
        on_mx_failure: OnMxFailure = OnMxFailure.USE_DEFAULT_VALUE,
        dkim_key_length: int | None = None,
        own_key: OwnKey | None = None,
        record_sets: RecordSets = "individual",
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        name = parse_sending_domain(literal(domain_name, "domain name"))
        stack = Stack.of(scope)
        region = parse_region(literal(stack.region, "region of the stack", "give the stack an env"))
        answer = one_of(OnMxFailure, on_mx_failure, "an answer to a failing MX")
        template = None if mail_from is None else parse_mail_from(literal(mail_from, "MAIL FROM name"), name)
        self._domain = spec.SendingDomain(
            name=name,
            zone=parse_zone(scope, zone, name),
            regions=(region,),
            mail_from=None if template is None else spec.MailFrom(template, answer),
            signing=_signing(stack, region, dkim_key_length, own_key),
            individual_records=one_of(RECORD_SETS, record_sets, "a form of record sets") == "individual",
        )
        self._mail_from_records = mail_from_records
        records = [] if zone is None else self._records(dkim_attributes(name))
        resources = build_identity(self._domain, region) | build_record_sets(self._domain, records)
        with owning(stack, scope, id, claims(stack, zone, self._domain, records, resources)):
            super().__init__(scope, id)
            self._included = include_resources(self, resources, removal_policy=removal_policy)

    @property
    def identity(self) -> "CfnEmailIdentity":
        """The identity; its ``ref`` is the domain."""
        return included_identity(self._included, self._domain.name)

    @property
    def records(self) -> list[DnsRecord]:
        """
        The records that the domain needs in this region, whoever publishes them.

        Names and targets of DKIM records are tokens: give them to outputs or to another construct. Names have no
        trailing dot: `mailproof.model.names.fully_qualified` adds it where a DNS host needs one.
        """
        return self._records(dkim_tokens(self.identity))

    def _records(self, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
        records = expected_records(self._domain, self._domain.home_region, dkim)
        left_out = () if self._mail_from_records else (MAIL_FROM_MX, MAIL_FROM_SPF)
        return [record for record in records if record.kind not in left_out and not _is_of_own_key(record)]


def _is_of_own_key(record: DnsRecord) -> bool:
    return record.kind is DKIM and record.region is None


def _signing(stack: Stack, region: str, key_length: int | None, key: OwnKey | None) -> Signing:
    """Read how the domain signs."""
    length = one_of(DKIM_KEY_LENGTHS_BITS, key_length, "a key length of Easy DKIM")
    if key is None:
        return EasyDkim(length)
    if length:
        raise InvalidValue("has the length of keys that SES makes", length, "leave out dkim_key_length")
    own = own_key_of(key, region)
    parse_secret(literal(own.secret, "ARN of the secret"))
    parse_version(literal(own.version, "version of the secret"))
    check_ses_key(own, "" if Token.is_unresolved(stack.account) else stack.account)
    return OwnKeyDkim((own,))
