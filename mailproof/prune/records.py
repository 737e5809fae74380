"""Decide which records of an orphaned identity can be deleted, and why the others stay."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Target
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.route53 import RecordSet, same_values
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.live.aws.stack_contents import StackContents, could_not_tell
from mailproof.model.dns_record import DEFAULT_TTL_S, RecordType, route53_values
from mailproof.model.domain import MailFrom, Parking, SendingDomain, Zone
from mailproof.model.in_use import InUse
from mailproof.model.logical_ids import logical_id
from mailproof.model.names import DKIM_LABEL, dmarc_domain, dmarc_name, names_between
from mailproof.model.own_key import OwnKey
from mailproof.model.record_kind import DKIM, DMARC, words_on_leaving
from mailproof.model.records import domain_wide_records, expected_records
from mailproof.model.signing import NO_SIGNING, OwnKeyDkim, SelfSigning
from mailproof.model.stack_item import RecordSetsItem
from mailproof.prune.needed_names import NeededNames
from mailproof.prune.orphaned_identity import OrphanedRecord
from mailproof.prune.provenance import RetainedRecord
from mailproof.template.contents import RecordKey

Ours = dict[RecordKey, tuple[str, ...]]


def our_records(domain: str, region: str, identity: IdentityFacts, keys: tuple[OwnKey, ...]) -> Ours:
    """
    Return the records that we created for an identity, by name and type, in Route 53's form.

    Args:
        domain: Its name.
        region: Its region.
        identity: What SES says of it.
        keys: Its own keys, which a key file still has.
    """
    mail_from = MailFrom(identity.mail_from_domain) if identity.mail_from_domain else None
    signing = OwnKeyDkim(keys) if identity.uses_byodkim else SelfSigning(keys)
    wanted = SendingDomain(domain, Zone(domain), (region,), mail_from, signing)
    records = expected_records(wanted, region, identity.own_dkim_pairs(domain))
    return {(str(record.name), record.type.value): tuple(map(str, route53_values(record))) for record in records}


def _parked(domain: str) -> SendingDomain:
    return SendingDomain(domain, Zone(domain), (), signing=NO_SIGNING, parking=Parking())


def group_ids(domain: str, zone: str) -> set[str]:
    """Return the logical ids that groups of records of a domain have, in its own zone or in another one."""
    keys = [RecordSetsItem(_parked(domain), region).key for region in (None, domain)]
    return {logical_id(*key, *other) for key in keys for other in ((), (zone,))}


def member_of(groups: Mapping[str, str], name: str, zone: str) -> RetainedRecord | None:
    """
    Return a record of a zone if it may have been in a group: CloudFormation does not tell their names.

    Args:
        groups: Logical ids of groups that were retained, with the name of the stack.
        name: Of the record; its domain is at its end, or before what others agree to.
        zone: Of the record.
    """
    kind = DKIM if DKIM_LABEL in name else DMARC if dmarc_domain(name) else None
    for domain in (name.partition("._")[0], *reversed(names_between(name, zone)), zone):
        if stacks := {groups[found] for found in groups.keys() & group_ids(domain, zone)}:
            return RetainedRecord(name, " or ".join(sorted(stacks)), kind, domain)
    return None


def parking_records(domain: str) -> Ours:
    """Return the records that a parked domain has and no other, in the same form."""
    records = domain_wide_records(_parked(domain))
    return {(str(record.name), record.type.value): tuple(map(str, route53_values(record))) for record in records}


def _has_our_form(record: RecordSet) -> bool:
    """Tell whether a record may be ours for all but its name and its values."""
    return record.type in [*RecordType] and record.ttl_s == DEFAULT_TTL_S and not record.extras


@dataclass(frozen=True, slots=True)
class RecordJudge:
    """
    Judges records.

    Attributes:
        live: Reads zones.
        places: Account to where its zones are read, and what its stacks hold, which stays.
        in_use: What stays because a file asks for it.
        needed: What identities need that stay.
        judged: Name and type of what was judged with an identity or a parked domain.
    """

    live: LiveResources
    places: Mapping[str, tuple[Target, StackContents]]
    in_use: InUse
    needed: NeededNames = field(default_factory=NeededNames)
    judged: set[RecordKey] = field(default_factory=set)

    def judge(self, domain: str, ours: Ours) -> Iterator[OrphanedRecord | Unanswered | str]:
        """
        Judge what is there of a domain's records.

        Yields:
            A record that can go, why one stays, or that its zone could not be read.
        """
        self.judged.update(ours, [(dmarc_name(domain), "TXT")])
        zones = self.in_use.zones_of(domain)
        if not zones:
            yield f"the zone of {domain!r} is in no file: its records stay"
        for zone, account in zones.items():
            if zone.is_external:
                yield from self._elsewhere(zone, ours)
                continue
            if account not in self.places:
                yield f"zone {zone.name!r} belongs to {account}: records of {domain!r} in it stay"
                continue
            target, contents = self.places[account]
            held = self.live.zone(target, zone.id or "")
            if isinstance(held, Unanswered):
                yield Unanswered(f"could not ask Route 53 for zone {zone.id}: {held}")
                continue
            for key in ours:
                if found := held.get(key):
                    stays = self._find_reason(zone, found[0], ours[key], contents)
                    yield stays or OrphanedRecord(target, zone.id or "", found[0])
            if (dmarc_name(domain), "TXT") in held:
                yield f"TXT record {dmarc_name(domain)!r} stays: it protects the name also when nothing is sent"

    def name_left(self, left: RetainedRecord) -> Iterator[Unanswered | str]:
        """Name what is there of a record that was not judged, that no file asks for, no stack holds and none needs."""
        for zone, account in self.in_use.zones_of(left.name).items():
            if zone.is_external or account not in self.places:
                continue
            target, contents = self.places[account]
            held = self.live.zone(target, zone.id or "")
            if isinstance(held, Unanswered):
                yield Unanswered(f"could not ask Route 53 for zone {zone.id}, which may hold what is left: {held}")
                continue
            found = [held[left.name, rdtype.value][0] for rdtype in RecordType if (left.name, rdtype.value) in held]
            for record in found:
                key = record.name, record.type
                is_needed = key in self.in_use.records or self.needed.reason(key) or self.needed.is_untold(left.name)
                is_known = is_needed or key in self.judged or contents.record(zone.id or "", key)
                # CloudFormation tells the name alone: of several types what looks like ours is meant.
                is_sure = len(found) == 1 and not left.group
                if not is_known and (is_sure or _has_our_form(record)):
                    yield f"{record.words} stays: {left.proof}, and no file asks for it; {words_on_leaving(left.kind)}"

    def _elsewhere(self, zone: Zone, ours: Ours) -> Iterator[str]:
        """Name what another provider serves: without the identity nobody knows these names any more."""
        for name, rdtype in ours:
            if (name, rdtype) not in self.in_use.records and not self.needed.reason((name, rdtype)):
                yield f"{rdtype} record {name!r} is to be deleted at the provider of {zone.name!r}"

    def _find_reason(
        self, zone: Zone, record: RecordSet, wanted: tuple[str, ...], contents: StackContents
    ) -> Unanswered | str:
        """Say why a record stays; empty if it can go."""
        if (record.name, record.type) in self.in_use.records:
            return f"{record.words} stays: a file asks for it"
        if manager := contents.record(zone.id or "", (record.name, record.type)):
            return f"{record.words} stays: it is held by {manager}"
        if manager := contents.maybe(zone.id or "", (record.name, record.type)):
            return Unanswered(could_not_tell(manager, record.words))
        if why := self.needed.reason((record.name, record.type)):
            return f"{record.words} stays: {why}"
        if record.extras or not same_values(record.type, record.values, wanted):
            return f"{record.words} stays: it is not what mailproof would have created, {', '.join(wanted)}"
        return ""
