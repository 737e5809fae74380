"""Read an environment file into an `Environment`, or report everything that is wrong with it."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError

from mailproof.model.address import Address, parse_address
from mailproof.model.apex_spf import ApexSpf
from mailproof.model.bimi import Bimi, build_bimi
from mailproof.model.command_lines import new_key_command
from mailproof.model.dmarc import PARKED_DMARC, Dmarc, DmarcPolicy, DmarcStage, build_dmarc, needs_authorisation
from mailproof.model.domain import HeldElsewhere, MailFrom, Parking, SendingDomain, Zone, is_regional, parse_mail_from
from mailproof.model.environment import Environment, Source
from mailproof.model.environment_file import (
    DMARC_BEGINS,
    EXTERNAL,
    NAME_SIGNS,
    OFF,
    BimiPart,
    DefaultsPart,
    DmarcPart,
    DomainPart,
    ElsewherePart,
    EnvironmentPart,
    MailFromPart,
    MtaStsPart,
    ParkedPart,
    RolloutPart,
)
from mailproof.model.errors import InvalidValue, NoValue, Problem, describe
from mailproof.model.messages import did_you_mean, format_key, validation_words, visible_keys
from mailproof.model.mta_sts import DAY_S, MtaSts
from mailproof.model.names import NAME_LIMIT_BYTES, is_within, longest_containing, parse_host_name
from mailproof.model.own_key import Keys
from mailproof.model.ownership import find_cuts, way_around
from mailproof.model.record_kind import DMARC_REPORTS
from mailproof.model.records import domain_wide_records
from mailproof.model.regions import REGIONS, partition
from mailproof.model.rollout import Rollout, WaveOrder, check_waves
from mailproof.model.signing import EASY_DKIM, NO_SIGNING, Signing
from mailproof.model.signing_part import SigningPlace, resolve_signing
from mailproof.model.stack_id import NAME
from mailproof.model.tls_reports import build_tls_reports
from mailproof.model.txt import TXT_LIMIT, is_spf, quote_txt
from mailproof.model.yaml_reader import Document, Path, YamlError, read_yaml

# What the rest of a file is judged with where its own value is missing or wrong.
STAND_INS: dict[str, Any] = {"account": "0" * 12, "regions": sorted(REGIONS)[:1], "zones": {}}
# How far down a wrong value is left out; of any other key the whole value is.
DEPTHS = {"zones": 2, "defaults": 2, "domains": 3, "parked": 2}


class WellShaped(NamedTuple):
    """
    What is well-shaped in a file, so that its sense is judged in the same go as the shape of the rest.

    Attributes:
        part: It, validated.
        zones: Names of its zones as they are written.
        indexes: Index in the file of each of its domains.
        parked_indexes: Likewise of each of its parked domains.
        wrong_indexes: Indexes of domains of which a key was left out: they are judged, and own nothing.
        knows_zones: Whether no zone was left out.
    """

    part: EnvironmentPart
    zones: list[str]
    indexes: list[int]
    parked_indexes: list[int]
    wrong_indexes: Collection[int] = ()
    knows_zones: bool = True


class EnvironmentReader:
    """
    Reads one environment file and collects what is wrong with it.

    Args:
        path: The file, as it should be shown; its stem names the environment.
        text: What stands in it.
        keys: Own DKIM keys, from the file beside it; None if there may be none yet, since one is about to be made.

    Attributes:
        problems: Everything that is wrong, in the order of the lines.
        environment: What could be read; None if nothing could. Complete only without problems.
    """

    def __init__(self, path: str, text: str, keys: Keys | None = MappingProxyType({})) -> None:
        self.path = path
        self.keys = keys
        self.name = PurePath(path).stem
        self.problems: list[Problem] = []
        self.document = Document()
        self.environment: Environment | None = None
        self.is_complete = True
        self._check_name()
        try:
            self.document = read_yaml(text)
        except YamlError as err:
            self._refuse(err)
            return
        for refused in self.document.refused:
            self._refuse(refused)
        self.is_complete = not self.document.refused
        if found := self._validate():
            environment = self._resolve(found)
            self.environment = environment if self.is_complete else None
        # A default may be wrong for many domains in the same way: say it once.
        self.problems = sorted(dict.fromkeys(self.problems), key=lambda problem: problem.line or 0)

    def _refuse(self, err: YamlError) -> None:
        self.problems.append(Problem(self.path, err.line, format_key(err.path), str(err)))

    def problem(self, keys: Path, what: str) -> None:
        """Note something wrong at a key path."""
        self.problems.append(Problem(self.path, self.document.line(keys), format_key(keys), what))

    def checked(self, keys: Path, parse: Callable[..., Any], *args: object) -> Any:
        """Call a parser; note what is wrong and return None if it refuses."""
        try:
            return parse(*args)
        except InvalidValue as err:
            self.problem(keys, str(err))
            return None

    def _check_name(self) -> None:
        if not NAME.fullmatch(self.name):
            what = describe("names no environment", self.name, f"use {NAME_SIGNS}")
            self.problems.append(Problem(self.path, None, "", what))

    def _validate(self) -> WellShaped | None:
        """Validate the shape; note what is wrong, and return the rest, None if there is none."""
        data = self.document.data
        if not isinstance(data, dict):
            what = "is empty" if data is None else "is not an environment file"
            got = NoValue if data is None else data
            self.problem((), describe(what, got, "docs/environment-file.md shows one"))
            return None
        if not data.keys() & {"domains", "parked"}:
            self.problem(("domains",), describe("is missing", NoValue, "add it"))
        for key in ("domains", "parked"):  # no rule of the model, which judges the rest without its wrong domains
            if data.get(key) == []:
                self.problem((key,), describe("is empty", [], "list at least one"))
        try:
            part = EnvironmentPart.model_validate(data)
            indexes, parked = (list(range(len(listed))) for listed in (part.domains, part.parked))
            return WellShaped(part, list(data["zones"]), indexes, parked)
        except ValidationError as err:
            errors = err.errors(include_url=False)
        refused = {refused.path for refused in self.document.refused}
        for error in errors:
            if (keys := visible_keys(error["loc"])) not in refused:
                self.problem(keys, validation_words(error))
        self.is_complete &= all(_is_local(error) for error in errors) and bool(_known_regions(data.get("regions")))
        return _well_shaped(data, errors)

    def _resolve(self, found: WellShaped) -> Environment:
        part = found.part
        zones = {name: self._zone(name, zone, part.account) for name, zone in part.zones.items()}
        self._check_zones(found.zones, zones)
        self._check_partitions(found)
        domains: list[SendingDomain] = []
        sources: dict[str, Source] = {}
        for index, domain_part in zip(found.indexes, part.domains, strict=True):
            domain = self._domain(("domains", index), domain_part, found, zones)
            if self._is_first(sources, "domains", index, domain_part.name) and index not in found.wrong_indexes:
                domains += [domain] if domain else []
        for index, parked_part in zip(found.parked_indexes, part.parked, strict=True):
            domain = self._parked(("parked", index), parked_part, found, zones)
            if self._is_first(sources, "parked", index, parked_part.name):
                domains += [domain] if domain else []
        environment = Environment(
            name=self.name,
            account=part.account,
            regions=tuple(part.regions),
            dns_region=part.dns_region or part.regions[0],
            retain=part.removal_policy == "retain",
            tags=part.tags,
            zones=zones,
            stacks=part.stacks,
            domains=tuple(domains),
            rollout=self._rollout(part.rollout),
            left_keys={name: keys for name, keys in (self.keys or {}).items() if name not in sources},
            deployed_as=part.deployed_as or "",
            path=self.path,
            stacks_line=self.document.lines.get(("stacks",)),
            sources=sources,
            zone_sources={parse_host_name(text): self._source("zones", text) for text in reversed(found.zones)},
        )
        if not self.problems:  # a domain that is wrong may be all that sends from a region
            self._check_waves(environment)
        return environment

    def _is_first(self, sources: dict[str, Source], key: str, index: int, name: str) -> bool:
        """Note where a domain stands; tell whether it stands nowhere else."""
        source = self._source(key, index)
        first = sources.setdefault(name, source)
        if first is not source:
            todo = "keep one, with all its regions" if first.key.startswith(key) else "it sends, or it is parked"
            self.problem((key, index, "name"), describe(f"is listed twice, first as {first}", name, todo))
        return first is source

    def _source(self, *keys: str | int) -> Source:
        return Source(self.path, self.document.line(keys), format_key(keys))

    def _rollout(self, part: RolloutPart) -> Rollout:
        waves = part.waves
        return Rollout(
            after=part.after,
            approval=part.approval == "required",
            waves=WaveOrder(waves) if isinstance(waves, str) else tuple(tuple(wave) for wave in waves),
            concurrency=part.concurrency,
            gate_timeout_minutes=part.gate.timeout_minutes,
            after_line=self.document.line(("rollout", "after")),
        )

    def _check_waves(self, environment: Environment) -> None:
        waves, used = environment.rollout.waves, environment.all_regions()
        for keys, what in check_waves(waves, used, environment.regions):
            self.problem(("rollout", "waves", *keys), what)
        if not self.problems:
            self._check_replicas(environment)

    def _check_replicas(self, environment: Environment) -> None:
        """Refuse waves in which a replica does not come after its parent: it is made once that is verified."""
        numbers = {
            region: number
            for number, regions in enumerate(environment.rollout.order(environment.all_regions()))
            for region in regions
        }
        for domain, region in environment.identities():
            parent = domain.parent_of(region)
            if parent and numbers[region] <= numbers[parent]:
                what = f"has the replica of {domain.name!r} in {region} no later than its parent in {parent}"
                todo = f"write `waves` with {parent} in an earlier one, or name it first in `regions`"
                self.problem(("rollout", "waves"), describe(what, NoValue, todo))
                return

    def _zone(self, name: str, part: Any, account: str) -> Zone:
        if part is None:
            return Zone(name)
        owner = part.account if part.account != account else None
        return Zone(name, part.id, owner, is_pending=part.delegation is not None)

    def _check_zones(self, written: list[str], zones: dict[str, Zone]) -> None:
        by_id: dict[str, str] = {}
        spellings: dict[str, str] = {}
        for text in written:
            name = parse_host_name(text)
            zone = zones[name]
            if name in spellings:
                what = describe(f"names zone {spellings[name]!r} a second time", text, "keep one spelling")
                self.problem(("zones", text), what)
            elif zone.id in by_id:
                what = describe(f"has the id of zone {by_id[zone.id]!r}", zone.id, "give each zone its own")
                self.problem(("zones", text, "id"), what)
            spellings.setdefault(name, text)
            if zone.id:
                by_id.setdefault(zone.id, name)

    def _check_partitions(self, found: WellShaped) -> None:
        data, dns_region = self.document.data, found.part.dns_region
        if not (listed := _known_regions(data.get("regions"))):
            return
        lists: list[tuple[Path, Any]] = [(("regions",), data["regions"])]
        lists += [(("domains", index, "regions"), data["domains"][index].get("regions")) for index in found.indexes]
        home = listed[0][1]
        what = f"lies in another AWS partition than {home!r}"
        if dns_region and partition(dns_region) != partition(home):
            self.problem(("dns_region",), describe(what, dns_region, "choose one of the same"))
        for keys, regions in lists:
            for index, region in _known_regions(regions):
                if partition(region) != partition(home):
                    self.problem((*keys, index), describe(what, region, "write an environment of its own"))

    def _domain(self, keys: Path, part: DomainPart, found: WellShaped, zones: dict[str, Zone]) -> SendingDomain | None:
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
            report_zones=_report_zones(part.name, _behind(alias, environment) if alias else dmarc, zones),
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
        own = None if self.keys is None else self.keys.get(part.name, ())
        place = SigningPlace(part.name, environment.account, regions, new_key_command(self.path, part.name))
        signing: Signing | None = self.checked(_key_path(keys, part, "dkim"), resolve_signing, dkim, own, place)
        return signing

    def _check_dmarc_keys(self, where: Path, part: DmarcPart | None) -> None:
        """Refuse keys of a DMARC record that do not go together, and a record that says nothing."""
        given = [key for key in DMARC_BEGINS if part and key in part.model_fields_set]
        if part and not given:
            self.problem((*where, "policy"), describe("is missing", NoValue, "add it"))
        for key in given[1:]:
            what = f"cannot stand beside `{given[0]}`"
            self.problem((*where, key), describe(what, str(getattr(part, key)), "keep one of the two"))
        if part and part.alias:
            for key in sorted(part.model_fields_set - {*DMARC_BEGINS}):
                todo = "leave it out: the record behind the alias says it"
                self.problem((*where, key), describe("cannot stand beside `alias`", NoValue, todo))
        if part and part.stage and "testing" in part.model_fields_set:
            todo = "leave it out: a stage that ends in `-test` asks for it"
            self.problem((*where, "testing"), describe("cannot stand beside `stage`", part.testing, todo))

    def _addresses(self, keys: Path, part: DomainPart, regions: Sequence[str]) -> tuple[Address, ...]:
        """Judge the addresses of a domain; leave out what is wrong."""
        where = (*keys, "addresses")
        if part.addresses and part.identity:
            self.problem(where, describe("cannot stand beside `identity`", NoValue, "its holder verifies addresses"))
            return ()
        found: dict[str, Address] = {}
        for index, one in enumerate(part.addresses or ()):
            name = self.checked((*where, index), parse_address, one.address, part.name)
            for region in set(one.regions or ()) - set(regions):
                what = describe("is no region of the domain", region, "list it in `regions`, too")
                self.problem((*where, index, "regions"), what)
            if name in found:
                self.problem((*where, index), describe("stands in the list already", one.address, "keep one"))
            elif name:
                found[name] = Address(name, tuple(one.regions or regions))
        return tuple(found.values())

    def _elsewhere(
        self, keys: Path, part: DomainPart, identity: ElsewherePart, regions: Sequence[str]
    ) -> HeldElsewhere:
        """Judge an identity that another account holds."""
        if part.dkim:
            what = "cannot stand beside `identity`"
            self.problem(
                (*keys, "dkim"), describe(what, NoValue, "leave it out: the holder says how its mail is signed")
            )
        for region in identity.dkim.keys() - set(regions):
            what = describe("is no region of the domain", region, "list it in `regions`, too")
            self.problem((*keys, "identity", "dkim", region), what)
        return HeldElsewhere(
            tuple((r, tuple((token, given.host) for token in given.tokens)) for r, given in identity.dkim.items())
        )

    def _parked(self, keys: Path, part: ParkedPart, found: WellShaped, zones: dict[str, Zone]) -> SendingDomain | None:
        """Judge a parked domain; return None if its zone is wrong."""
        defaults = found.part.defaults
        zone = self._zone_of(keys, part.name, None, found, zones)
        dmarc = replace(PARKED_DMARC, reports=tuple(defaults.parked_reports if part.reports is None else part.reports))
        domain = SendingDomain(
            name=part.name,
            zone=zone or Zone(part.name),
            regions=(),
            signing=NO_SIGNING,
            dmarc=dmarc,
            report_zones=_report_zones(part.name, dmarc, zones),
            individual_records=found.part.record_sets == "individual",
            parking=Parking(part.receives),
        )
        where = (*keys, "reports") if part.reports else ("defaults", "parked_reports") if dmarc.reports else keys
        self._check_dmarc(where, domain)
        if zone:
            self._check_zone_cuts(keys, domain, zones)
        return domain if zone else None

    def _check_texts(self, keys: Path, domain: SendingDomain) -> None:
        if domain.tls_reports:
            self._check_size((*keys, "tls_reports"), build_tls_reports(domain.tls_reports))
        if domain.bimi:
            self._check_size((*keys, "bimi"), build_bimi(domain.bimi))
        if domain.spf:
            self._check_spf((*keys, "spf"), domain.spf)

    def _check_spf(self, where: Path, spf: ApexSpf) -> None:
        if bool(spf.include) is bool(spf.texts):
            self.problem(where, describe("has both or neither", NoValue, "give one of `include` and `texts`"))
        if len([text for text in spf.texts if is_spf(text)]) > 1:
            what = "has two SPF records, of which receivers take none"
            self.problem((*where, "texts"), describe(what, NoValue, "make one of them"))
        for text in spf.texts:
            self._check_size((*where, "texts"), text)

    def _check_size(self, where: Path, text: str) -> None:
        if (size := len(quote_txt(text))) > TXT_LIMIT:
            what = f"makes a record of {size} characters, of which Route 53 takes {TXT_LIMIT}"
            self.problem(where, describe(what, NoValue, "give fewer or shorter addresses"))

    def _check_dmarc(self, where: Path, domain: SendingDomain) -> None:
        if domain.dmarc_alias == f"_dmarc.{domain.name}":
            self.problem((*where, "alias"), describe("is the name itself", domain.dmarc_alias, "name another record"))
        if domain.dmarc:
            self._check_size(where, build_dmarc(domain.dmarc))
        for record in domain_wide_records(domain):
            if record.kind is DMARC_REPORTS and len(str(record.name)) > NAME_LIMIT_BYTES:
                what = f"needs a record whose name is longer than {NAME_LIMIT_BYTES} bytes"
                self.problem(where, describe(what, record.name, "choose an address of a shorter domain"))

    def _check_policy_host(self, keys: Path, domain: SendingDomain) -> None:
        """Refuse to serve a policy where ACM finds no proof for a certificate: it asks the world's DNS."""
        if domain.serves_policy and domain.zone.is_served_elsewhere:
            what = f"needs a zone that Route 53 answers for, and {domain.zone.name!r} is not (yet)"
            todo = "serve what `mailproof mta-sts` prints from a server of yours, and leave it out"
            self.problem((*keys, "mta_sts", "serve"), describe(what, NoValue, todo))

    def _check_zone_cuts(self, keys: Path, domain: SendingDomain, zones: dict[str, Zone]) -> None:
        """Refuse records that their zone cannot hold, since a listed zone below it has taken the name over."""
        for cut, record in find_cuts(domain, zones).items():
            # A zone that holds the domain itself was passed over on purpose, by `zone`.
            if not is_within(domain.name, cut):
                what = f"needs a record in zone {record.zone.name!r} whose name lies in zone {cut!r}"
                self.problem(keys, describe(what, record.name, way_around(record.kind)))

    def _mail_from(
        self, keys: Path, mail_from: MailFromPart, part: DomainPart, regions: Sequence[str]
    ) -> MailFrom | None:
        where = _key_path(keys, part, "mail_from")
        templates = [
            self.checked(where, parse_mail_from, name, part.name) for name in (mail_from.name, *mail_from.also)
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
                self.problem(where, describe("has a name twice", name, "keep it in one of `name` and `also`"))
        return found if self._check_labels(where, mail_from, found, part.name, regions) else None

    def _check_labels(
        self, where: Path, part: MailFromPart, mail_from: MailFrom, domain: str, regions: Sequence[str]
    ) -> bool:
        """Refuse labels that no name has, that two regions have, or that make no host name; tell if all is well."""
        if not part.labels:
            return True
        keys = (*where, "labels")
        if not any(map(is_regional, mail_from.templates)):
            self.problem(keys, describe("says nothing", NoValue, "write `{region}` in `name`, for which they stand"))
            return False
        made: dict[str, str] = {}
        for region in regions:
            label = dict(mail_from.labels).get(region, region)
            first = made.setdefault(label, region)
            if first != region:
                what = f"gives {region} the name of {first}"
                self.problem(
                    (*keys, region), describe(what, label, "give each region its own, or leave out `{region}`")
                )
        names = {name for region in regions for name in mail_from.names(region)}
        return len(made) == len(regions) and all(
            self.checked(keys, parse_mail_from, f"{name}.", domain) for name in sorted(names)
        )

    def _zone_of(
        self, keys: Path, domain: str, written: str | None, found: WellShaped, zones: dict[str, Zone]
    ) -> Zone | None:
        name = written or longest_containing(domain, zones)
        if name not in zones and not found.knows_zones:
            return None
        if name is None:
            what = describe("lies in none of the zones", domain, "list its zone under zones, or as external")
            self.problem((*keys, "name"), what)
        elif name not in zones:
            todo = did_you_mean(name, zones) or "list it under zones"
            self.problem((*keys, "zone"), describe("is none of the zones", name, todo))
        elif not is_within(domain, name):
            self.problem((*keys, "zone"), describe(f"does not contain {domain!r}", name, "choose a zone above it"))
        else:
            return zones[name]
        return None


def _is_local(error: Any) -> bool:
    """Tell whether an error leaves everything right that stands outside its own domain, region, rollout or key."""
    loc = error["loc"]
    if loc[0] == "rollout":
        return True
    return loc[0] in {"domains", "parked", "regions"} if len(loc) > 1 else bool(error["type"] == "extra_forbidden")


def _well_shaped(data: dict[str, Any], errors: list[Any]) -> WellShaped:
    """Leave out what is wrong, key by key, and stand in for what the rest cannot do without."""
    places = [visible_keys(error["loc"]) or error["loc"] for error in errors]
    wrong = {keys[: DEPTHS.get(str(keys[0]), 1)] for keys in places}
    unnamed = {error["loc"][1] for error in errors if error["loc"][0] == "zones" and error["loc"][2:] == ("[key]",)}
    rest = STAND_INS | {key: value for key, value in data.items() if (key,) not in wrong}
    regions = dict.fromkeys(region for _, region in _known_regions(data.get("regions")))
    rest["regions"] = list(regions) or STAND_INS["regions"]
    zones = {name: zone for name, zone in rest["zones"].items() if name not in unnamed}
    rest["zones"] = zones | dict.fromkeys((name for name in zones if ("zones", name) in wrong), EXTERNAL)
    rest["defaults"] = _right_keys(rest.get("defaults", {}), ("defaults",), wrong)
    domains, parked = rest.get("domains", []), rest.get("parked", [])
    kept = [n for n in range(len(domains)) if not {("domains", n), ("domains", n, "name")} & wrong]
    rest["domains"] = [_right_keys(domains[n], ("domains", n), wrong) for n in kept]
    parked_kept = [n for n in range(len(parked)) if ("parked", n) not in wrong]
    rest["parked"] = [parked[n] for n in parked_kept]
    return WellShaped(
        part=EnvironmentPart.model_validate(rest),
        zones=list(zones),
        indexes=kept,
        parked_indexes=parked_kept,
        wrong_indexes={int(keys[1]) for keys in wrong if keys[0] == "domains" and len(keys) > 1},
        knows_zones=not unnamed and ("zones",) not in wrong,
    )


def _right_keys(part: dict[str, Any], keys: Path, wrong: set[Path]) -> dict[str, Any]:
    """Leave out the wrong keys of a part; switch off what has a default, so that the default is not judged instead."""
    right = {key: value for key, value in part.items() if (*keys, key) not in wrong}
    return right | {key: OFF for key in ("mail_from", "dmarc") if (*keys, key) in wrong}


def _known_regions(regions: Any) -> list[tuple[int, str]]:
    """Return the regions of a list as it is written, with their indexes; what else it holds is wrong by itself."""
    items = regions if isinstance(regions, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, str) and item in REGIONS]


def _own_or_default(domain: DomainPart, defaults: DefaultsPart, key: str) -> Any:
    return getattr(domain if key in domain.model_fields_set else defaults, key)


def _key_path(keys: Path, domain: DomainPart, key: str) -> Path:
    """Return where the value of a key stands: at the domain or among the defaults."""
    return (*keys, key) if key in domain.model_fields_set else ("defaults", key)


def _mta_sts(part: MtaStsPart | None) -> MtaSts | None:
    return MtaSts(part.mode, tuple(part.mx), part.max_age_days * DAY_S, part.serve) if part else None


def _bimi(part: BimiPart | None) -> Bimi | None:
    return Bimi(part.logo, part.certificate or "", part.selector, part.avatar) if part else None


def _behind(alias: str, environment: EnvironmentPart) -> Dmarc | None:
    """Return the record of a domain of the file to which an alias points; None if it is nobody's of the file."""
    found = (part for part in environment.domains if f"_dmarc.{part.name}" == alias)
    return next((_dmarc(_own_or_default(part, environment.defaults, "dmarc")) for part in found), None)


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


def _report_zones(domain: str, dmarc: Dmarc | None, zones: dict[str, Zone]) -> tuple[tuple[str, Zone], ...]:
    """Find the hosts that must agree to take the domain's reports and lie in a zone of ours."""
    hosts = dmarc.report_hosts() if dmarc else []
    found = ((host, longest_containing(host, zones)) for host in hosts if needs_authorisation(host, domain))
    return tuple((host, zones[zone]) for host, zone in found if zone)
