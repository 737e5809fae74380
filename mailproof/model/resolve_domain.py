"""Read one domain of an environment file by all its keys."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from mailproof.model.address import Address, parse_address
from mailproof.model.apex_spf import ApexSpf
from mailproof.model.bimi import Bimi
from mailproof.model.command_lines import new_key_command
from mailproof.model.dmarc import (
    PARKED_DMARC,
    Dmarc,
    DmarcPolicy,
    DmarcStage,
    agreement_name,
    build_dmarc,
    needs_authorisation,
)
from mailproof.model.dns_record import RecordType
from mailproof.model.domain import HeldElsewhere, MailFrom, Parking, SendingDomain, Zone, is_regional, parse_mail_from
from mailproof.model.environment_file import (
    BimiPart,
    DefaultsPart,
    DmarcPart,
    DomainPart,
    ElsewherePart,
    EnvironmentPart,
    MailFromPart,
    MtaStsPart,
    ParkedPart,
)
from mailproof.model.errors import NoValue, describe
from mailproof.model.file_values import DMARC_BEGINS
from mailproof.model.messages import did_you_mean
from mailproof.model.mta_sts import DAY_S, MtaSts
from mailproof.model.names import NAME_LIMIT_BYTES, dmarc_domain, dmarc_name, is_within, longest_containing
from mailproof.model.own_key import Keys
from mailproof.model.ownership import find_cuts, way_around
from mailproof.model.record_kind import DMARC
from mailproof.model.records import domain_wide_records
from mailproof.model.signing import EASY_DKIM, NO_SIGNING, Signing
from mailproof.model.signing_part import SigningPlace, resolve_signing
from mailproof.model.txt import TXT_LIMIT, is_spf, quote_txt
from mailproof.model.well_shaped import WellShaped
from mailproof.model.yaml_reader import Path


class Notes(Protocol):
    """
    Takes down what is wrong with a file.

    Attributes:
        path: The file, as it should be shown.
        keys: Own keys of its domains; None if there may be none yet.
    """

    path: str
    keys: Keys | None

    def problem(self, keys: Path, what: str) -> None:
        """Note something wrong at a key path."""
        ...

    def checked(self, keys: Path, parse: Callable[..., Any], *args: object) -> Any:
        """Call a parser; note what is wrong and return None if it refuses."""
        ...


@dataclass(frozen=True, slots=True)
class DomainReader:
    """
    Reads the domains of an environment file, those that send and those that are parked.

    Attributes:
        notes: Takes down what is wrong.
        silent: Parked domains that take no mail.
    """

    notes: Notes
    silent: frozenset[str] = frozenset()

    def domain(self, keys: Path, part: DomainPart, found: WellShaped, zones: dict[str, Zone]) -> SendingDomain | None:
        """Judge a domain by all its keys; return None if its zone or its MAIL FROM name is wrong."""
        environment = found.part
        zone = self._zone_of(keys, part.name, part.zone, found, zones)
        mail_from_part = _own_or_default(part, environment.defaults, "mail_from")
        regions = tuple(part.regions or environment.regions)
        mail_from = mail_from_part and self._mail_from(keys, mail_from_part, part, regions)
        dmarc_part = _own_or_default(part, environment.defaults, "dmarc")
        self._check_dmarc_keys(_key_path(keys, part, "dmarc"), dmarc_part)
        dmarc = _dmarc(dmarc_part)
        alias = dmarc_part.alias or "" if dmarc_part else ""
        names, behind = _follow(alias, environment)
        self._check_alias((*_key_path(keys, part, "dmarc"), "alias"), dmarc_name(part.name), names)
        takes_reports = _taking_reports(part.name, _dmarc(behind) if alias else dmarc, zones)
        signing = self._signing(keys, part, environment, regions)
        domain = SendingDomain(
            name=part.name,
            zone=zone or Zone(part.name),
            regions=regions,
            mail_from=mail_from,
            signing=signing or EASY_DKIM,
            elsewhere=self._elsewhere(keys, part, part.identity, regions) if part.identity else None,
            dmarc=dmarc,
            dmarc_alias=alias,
            report_zones=_in_our_zones(takes_reports),
            report_hosts=_of_others(takes_reports),
            addresses=self._addresses(keys, part, regions),
            individual_records=(part.record_sets or environment.record_sets) == "individual",
            stack=part.stack or "",
            tls_reports=tuple(part.tls_reports or ()),
            mta_sts=_mta_sts(part.mta_sts),
            bimi=_bimi(part.bimi),
            spf=ApexSpf(tuple(part.spf.include or ()), tuple(part.spf.texts or ())) if part.spf else None,
        )
        self._check_texts(keys, domain)
        self._check_dmarc(_key_path(keys, part, "dmarc"), domain)
        self._check_policy_host(keys, domain)
        if zone is None or signing is None or (mail_from_part and not mail_from):
            return None
        self._check_zone_cuts(keys, domain, zones)
        return domain

    def _signing(
        self, keys: Path, part: DomainPart, environment: EnvironmentPart, regions: Sequence[str]
    ) -> Signing | None:
        if part.identity:
            return NO_SIGNING
        dkim = _own_or_default(part, environment.defaults, "dkim")
        own = None if self.notes.keys is None else self.notes.keys.get(part.name, ())
        place = SigningPlace(part.name, environment.account, regions, new_key_command(self.notes.path, part.name))
        signing: Signing | None = self.notes.checked(_key_path(keys, part, "dkim"), resolve_signing, dkim, own, place)
        return signing

    def _check_dmarc_keys(self, where: Path, part: DmarcPart | None) -> None:
        """Refuse keys of a DMARC record that do not go together, and a record that says nothing."""
        given = [key for key in DMARC_BEGINS if part and key in part.model_fields_set]
        if part and not given:
            self.notes.problem((*where, "policy"), describe("is missing", NoValue, "add it"))
        for key in given[1:]:
            what = f"cannot be combined with `{given[0]}`"
            self.notes.problem((*where, key), describe(what, str(getattr(part, key)), "keep one of the two"))
        if part and part.alias:
            for key in sorted(part.model_fields_set - {*DMARC_BEGINS}):
                todo = "leave it out: the record behind the alias says it"
                self.notes.problem((*where, key), describe("cannot be combined with `alias`", NoValue, todo))
        if part and part.stage and "testing" in part.model_fields_set:
            todo = "leave it out: a stage that ends in `-test` asks for it"
            self.notes.problem((*where, "testing"), describe("cannot be combined with `stage`", part.testing, todo))

    def _addresses(self, keys: Path, part: DomainPart, regions: Sequence[str]) -> tuple[Address, ...]:
        """Judge the addresses of a domain; leave out what is wrong."""
        where = (*keys, "addresses")
        if part.addresses and part.identity:
            self.notes.problem(
                where, describe("cannot be combined with `identity`", NoValue, "its holder verifies addresses")
            )
            return ()
        found: dict[str, Address] = {}
        for index, one in enumerate(part.addresses or ()):
            name = self.notes.checked((*where, index), parse_address, one.address, part.name)
            for region in set(one.regions or ()) - set(regions):
                what = describe("is not a region of the domain", region, "list it in `regions`, too")
                self.notes.problem((*where, index, "regions"), what)
            if name in found:
                self.notes.problem((*where, index), describe("is in the list already", one.address, "keep one"))
            elif name:
                found[name] = Address(name, tuple(one.regions or regions))
        return tuple(found.values())

    def _elsewhere(
        self, keys: Path, part: DomainPart, identity: ElsewherePart, regions: Sequence[str]
    ) -> HeldElsewhere:
        """Judge an identity that another account holds."""
        if part.dkim:
            what = "cannot be combined with `identity`"
            self.notes.problem(
                (*keys, "dkim"), describe(what, NoValue, "leave it out: the holder says how its mail is signed")
            )
        for region in identity.dkim.keys() - set(regions):
            what = describe("is not a region of the domain", region, "list it in `regions`, too")
            self.notes.problem((*keys, "identity", "dkim", region), what)
        first: dict[str, str] = {}
        for region, given in identity.dkim.items():
            for index, token in enumerate(given.tokens):
                if (other := first.setdefault(token, region)) != region:
                    what = describe(f"is a token of {other}, too", token, "keep it there: its record serves both")
                    self.notes.problem((*keys, "identity", "dkim", region, "tokens", index), what)
        return HeldElsewhere(
            tuple((r, tuple((token, given.host) for token in given.tokens)) for r, given in identity.dkim.items())
        )

    def parked(self, keys: Path, part: ParkedPart, found: WellShaped, zones: dict[str, Zone]) -> SendingDomain | None:
        """Judge a parked domain; return None if its zone is wrong."""
        defaults = found.part.defaults
        zone = self._zone_of(keys, part.name, None, found, zones)
        dmarc = replace(PARKED_DMARC, reports=tuple(defaults.parked_reports if part.reports is None else part.reports))
        takes_reports = _taking_reports(part.name, dmarc, zones)
        domain = SendingDomain(
            name=part.name,
            zone=zone or Zone(part.name),
            regions=(),
            signing=NO_SIGNING,
            dmarc=dmarc,
            report_zones=_in_our_zones(takes_reports),
            report_hosts=_of_others(takes_reports),
            individual_records=found.part.record_sets == "individual",
            parking=Parking(part.receives),
        )
        where = (*keys, "reports") if part.reports else ("defaults", "parked_reports") if dmarc.reports else keys
        self._check_dmarc(where, domain)
        if zone:
            self._check_zone_cuts(keys, domain, zones)
        return domain if zone else None

    def _check_texts(self, keys: Path, domain: SendingDomain) -> None:
        """Refuse texts that Route 53 does not take; those of DMARC, which may come from the defaults, elsewhere."""
        for record in domain_wide_records(domain):
            texts = record.values if record.type is RecordType.TXT and record.kind is not DMARC else ()
            for text in texts:
                self._check_size((*keys, *filter(None, [record.kind.key])), str(text))
        if domain.spf:
            self._check_spf((*keys, "spf"), domain.spf)

    def _check_spf(self, where: Path, spf: ApexSpf) -> None:
        if bool(spf.include) is bool(spf.texts):
            self.notes.problem(where, describe("has both or neither", NoValue, "give one of `include` and `texts`"))
        if len([text for text in spf.texts if is_spf(text)]) > 1:
            what = "has two SPF records, and receivers then use neither"
            self.notes.problem((*where, "texts"), describe(what, NoValue, "make one of them"))

    def _check_size(self, where: Path, text: str) -> None:
        if (size := len(quote_txt(text))) > TXT_LIMIT:
            what = f"makes a record of {size} characters, and Route 53 accepts at most {TXT_LIMIT}"
            self.notes.problem(where, describe(what, NoValue, "give fewer or shorter addresses"))

    def _check_dmarc(self, where: Path, domain: SendingDomain) -> None:
        if domain.dmarc:
            self._check_size(where, build_dmarc(domain.dmarc))
        self._check_arrival(where, domain)
        for host in (*dict(domain.report_zones), *domain.report_hosts):
            if len(name := agreement_name(domain.name, host)) > NAME_LIMIT_BYTES:
                what = f"needs a record whose name is longer than {NAME_LIMIT_BYTES} bytes"
                self.notes.problem(where, describe(what, name, "choose an address of a shorter domain"))

    def _check_arrival(self, where: Path, domain: SendingDomain) -> None:
        """Refuse reports to names that take no mail by what the file itself says."""
        bounces = {
            name for region in domain.regions for name in (domain.mail_from.names(region) if domain.mail_from else ())
        }
        for address in (*domain.dmarc.reports, *domain.dmarc.failure_reports) if domain.dmarc else ():
            host = address.rpartition("@")[2]
            if host in bounces | self.silent:
                why = "is a MAIL FROM name, whose mail SES takes" if host in bounces else "is parked and takes no mail"
                what = f"has reports sent to {host!r}, which {why}"
                self.notes.problem(where, describe(what, address, "write an address at which they arrive"))

    def _check_alias(self, where: Path, own: str, names: Sequence[str]) -> None:
        """Refuse an alias that leads back to its own name, through none or some other domains of the file."""
        if own in names:
            what = "is the name itself" if names[0] == own else "leads back to the name itself"
            self.notes.problem(where, describe(what, names[0], "name another record"))

    def _check_policy_host(self, keys: Path, domain: SendingDomain) -> None:
        """Refuse to serve a policy where ACM finds no proof for a certificate: it asks public DNS."""
        if domain.serves_policy and domain.zone.is_served_elsewhere:
            what = f"needs a zone that Route 53 answers for, and {domain.zone.name!r} is not (yet)"
            todo = "serve what `mailproof mta-sts` prints from a server of yours, and leave it out"
            self.notes.problem((*keys, "mta_sts", "serve"), describe(what, NoValue, todo))

    def _check_zone_cuts(self, keys: Path, domain: SendingDomain, zones: dict[str, Zone]) -> None:
        """Refuse records that their zone cannot hold, since a listed zone below it has taken the name over."""
        for cut, record in find_cuts(domain, zones).items():
            # A zone that holds the domain itself was passed over on purpose, by `zone`.
            if not is_within(domain.name, cut):
                what = f"needs a record in zone {record.zone.name!r} whose name lies in zone {cut!r}"
                self.notes.problem(keys, describe(what, record.name, way_around(record.kind)))

    def _mail_from(
        self, keys: Path, mail_from: MailFromPart, part: DomainPart, regions: Sequence[str]
    ) -> MailFrom | None:
        where = _key_path(keys, part, "mail_from")
        templates = [
            self.notes.checked(where, parse_mail_from, name, part.name) for name in (mail_from.name, *mail_from.also)
        ]
        if not all(templates):
            return None
        found = MailFrom(
            templates[0],
            mail_from.on_mx_failure,
            tuple(templates[1:]),
            labels=tuple(mail_from.labels.items()),
            is_published=mail_from.records is None,
        )
        names = Counter(name for template in templates for name in {found.name_in(template, r) for r in regions})
        for name, count in names.items():
            if count > 1:
                self.notes.problem(where, describe("has a name twice", name, "keep it in one of `name` and `also`"))
        return found if self._check_labels(where, mail_from, found, part.name, regions) else None

    def _check_labels(
        self, where: Path, part: MailFromPart, mail_from: MailFrom, domain: str, regions: Sequence[str]
    ) -> bool:
        """Refuse labels that no name has, that two regions have, or that make no host name; tell if all is well."""
        if not part.labels:
            return True
        keys = (*where, "labels")
        if not any(map(is_regional, mail_from.templates)):
            self.notes.problem(
                keys, describe("says nothing", NoValue, "write `{region}` in `name`, for which they stand")
            )
            return False
        made: dict[str, str] = {}
        for region in regions:
            label = dict(mail_from.labels).get(region, region)
            first = made.setdefault(label, region)
            if first != region:
                what = f"gives {region} the name of {first}"
                self.notes.problem(
                    (*keys, region), describe(what, label, "give each region its own, or leave out `{region}`")
                )
        names = {name for region in regions for name in mail_from.names(region)}
        return len(made) == len(regions) and all(
            self.notes.checked(keys, parse_mail_from, f"{name}.", domain) for name in sorted(names)
        )

    def _zone_of(
        self, keys: Path, domain: str, written: str | None, found: WellShaped, zones: dict[str, Zone]
    ) -> Zone | None:
        name = written or longest_containing(domain, zones)
        if name not in zones and not found.knows_zones:
            return None
        if name is None:
            what = describe("lies in none of the zones", domain, "list its zone under zones, or as external")
            self.notes.problem((*keys, "name"), what)
        elif name not in zones:
            todo = did_you_mean(name, zones) or "list it under zones"
            self.notes.problem((*keys, "zone"), describe("is not one of the zones", name, todo))
        elif not is_within(domain, name):
            self.notes.problem(
                (*keys, "zone"), describe(f"does not contain {domain!r}", name, "choose a zone above it")
            )
        else:
            return zones[name]
        return None


def _own_or_default(domain: DomainPart, defaults: DefaultsPart, key: str) -> Any:
    return getattr(domain if key in domain.model_fields_set else defaults, key)


def _key_path(keys: Path, domain: DomainPart, key: str) -> Path:
    """Return where the value of a key stands: at the domain or among the defaults."""
    return (*keys, key) if key in domain.model_fields_set else ("defaults", key)


def _mta_sts(part: MtaStsPart | None) -> MtaSts | None:
    return MtaSts(part.mode, tuple(part.mx), part.max_age_days * DAY_S, part.serve) if part else None


def _bimi(part: BimiPart | None) -> Bimi | None:
    return Bimi(part.logo, part.certificate or "", part.selector, part.avatar) if part else None


def _follow(alias: str, environment: EnvironmentPart) -> tuple[list[str], DmarcPart | None]:
    """Follow an alias through domains of the file: its names, and what the last one has; None if it is nobody's."""
    names: list[str] = []
    part: DmarcPart | None = None
    while alias and alias not in names:
        names.append(alias)
        domain = dmarc_domain(alias)
        found = next((found for found in environment.domains if found.name == domain), None)
        part = _own_or_default(found, environment.defaults, "dmarc") if found else None
        alias = part.alias or "" if part else ""
    return names, part


def _dmarc(part: DmarcPart | None) -> Dmarc | None:
    if part is None or part.alias:
        return None
    chosen = part.stage or part.policy or DmarcPolicy.NONE
    return Dmarc(
        policy=chosen.policy if isinstance(chosen, DmarcStage) else chosen,
        subdomain_policy=part.subdomain_policy,
        nonexistent_subdomain_policy=part.nonexistent_subdomain_policy,
        reports=tuple(part.reports),
        failure_reports=tuple(part.failure_reports),
        testing=part.stage.testing if part.stage else part.testing,
        dkim_alignment=part.adkim,
        spf_alignment=part.aspf,
        failure_options=part.fo,
        public_suffix=part.psd,
        not_ours=tuple(part.not_ours),
    )


def _taking_reports(domain: str, dmarc: Dmarc | None, zones: dict[str, Zone]) -> dict[str, Zone | None]:
    """Find the hosts that must agree to take the domain's reports, and the zone of ours that each lies in."""
    hosts = [host for host in dmarc.report_hosts() if needs_authorisation(host, domain)] if dmarc else []
    return {host: zones.get(longest_containing(host, zones) or "") for host in hosts}


def _in_our_zones(hosts: dict[str, Zone | None]) -> tuple[tuple[str, Zone], ...]:
    return tuple((host, zone) for host, zone in hosts.items() if zone)


def _of_others(hosts: dict[str, Zone | None]) -> tuple[str, ...]:
    return tuple(host for host, zone in hosts.items() if not zone)
