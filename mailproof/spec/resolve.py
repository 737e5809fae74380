"""From the text of an environment file to an `Environment`, or to everything that is wrong with it."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from mailproof.spec.dmarc import Dmarc, DmarcPolicy, build_dmarc, needs_authorisation
from mailproof.spec.domain import MailFrom, OnMxFailure, SendingDomain, Zone, parse_mail_from
from mailproof.spec.environment import Environment, Source
from mailproof.spec.environment_file import (
    ENVIRONMENT_NAME,
    EXTERNAL,
    DefaultsPart,
    DmarcPart,
    DomainPart,
    EnvironmentPart,
    MailFromPart,
    RolloutPart,
)
from mailproof.spec.errors import InvalidValue, NoValue, Problem, describe
from mailproof.spec.messages import did_you_mean, format_key, validation_words, visible_keys
from mailproof.spec.names import NAME_LIMIT_BYTES, is_within, longest_containing, parse_host_name
from mailproof.spec.records import DnsRecord, Purpose, domain_wide_records, expected_records
from mailproof.spec.regions import partition
from mailproof.spec.rollout import Rollout, WaveOrder, check_waves
from mailproof.spec.txt import TXT_LIMIT, quote_txt
from mailproof.spec.yaml_reader import Document, Path, YamlError, read_yaml


class EnvironmentReader:
    """
    Reads one environment file and collects what is wrong with it.

    Args:
        path: The file, as it should be shown; its stem names the environment.
        text: What stands in it.

    Attributes:
        problems: Everything that is wrong, in the order of the lines.
        environment: What could be read; None if nothing could. Complete only without problems.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
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
        if validated := self._validate():
            environment = self._resolve(*validated)
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
        if not ENVIRONMENT_NAME.fullmatch(self.name):
            todo = "use up to 31 lower-case letters, digits and hyphens, a letter first"
            self.problems.append(Problem(self.path, None, "", describe("names no environment", self.name, todo)))

    def _validate(self) -> tuple[EnvironmentPart, list[int]] | None:
        """
        Validate the shape, noting what is wrong.

        Returns:
            What is well-shaped, so that the rest is judged in the same go, with the index in the file of each of its
            domains; None where nothing can be said about the rest.
        """
        data = self.document.data
        if not isinstance(data, dict):
            what = "is empty" if data is None else "is no environment file"
            got = NoValue if data is None else data
            self.problem((), describe(what, got, "docs/environment-file.md shows one"))
            return None
        if data.get("domains") == []:  # no rule of the model, which judges the rest without its wrong domains
            self.problem(("domains",), describe("is empty", [], "list at least one"))
        try:
            part = EnvironmentPart.model_validate(data)
            return part, list(range(len(part.domains)))
        except ValidationError as err:
            errors = err.errors(include_url=False)
        refused = {refused.path for refused in self.document.refused}
        for error in errors:
            if (keys := visible_keys(error["loc"])) not in refused:
                self.problem(keys, validation_words(error))
        self.is_complete &= all(_is_local(error) for error in errors)
        rest, kept = _well_shaped(data, errors)
        try:
            return EnvironmentPart.model_validate(rest), kept
        except ValidationError:
            return None

    def _resolve(self, part: EnvironmentPart, indexes: list[int]) -> Environment:
        zones = {name: self._zone(name, zone, part.account) for name, zone in part.zones.items()}
        self._check_zones(zones)
        self._check_partitions(part, indexes)
        domains: list[SendingDomain] = []
        sources: dict[str, Source] = {}
        for index, domain_part in zip(indexes, part.domains, strict=True):
            source = Source(self.path, self.document.line(("domains", index)), format_key(("domains", index)))
            domain = self._domain(("domains", index), domain_part, part, zones)
            if domain is None:
                continue
            if domain.name in sources:
                what = f"is listed twice, first as {sources[domain.name]}"
                self.problem(("domains", index, "name"), describe(what, domain.name, "keep one, with all its regions"))
                continue
            domains.append(domain)
            sources[domain.name] = source
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
            sources=sources,
        )
        if not self.problems:  # a domain that is wrong may be all that sends from a region
            self._check_waves(environment)
        return environment

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

    def _zone(self, name: str, part: Any, account: str) -> Zone:
        if part is None:
            return Zone(name)
        return Zone(name, part.id, part.account if part.account != account else None)

    def _check_zones(self, zones: dict[str, Zone]) -> None:
        by_id: dict[str, str] = {}
        spellings: dict[str, str] = {}
        for text in self.document.data["zones"]:
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

    def _check_partitions(self, part: EnvironmentPart, indexes: list[int]) -> None:
        home = partition(part.regions[0])
        lists: list[tuple[Path, list[str]]] = [(("regions",), part.regions)]
        if part.dns_region and partition(part.dns_region) != home:
            what = f"lies in another AWS partition than {part.regions[0]!r}"
            self.problem(("dns_region",), describe(what, part.dns_region, "choose one of the same"))
        lists += [
            (("domains", index, "regions"), domain.regions or [])
            for index, domain in zip(indexes, part.domains, strict=True)
        ]
        for keys, regions in lists:
            for index, region in enumerate(regions):
                if partition(region) != home:
                    what = f"lies in another AWS partition than {part.regions[0]!r}"
                    self.problem((*keys, index), describe(what, region, "write an environment of its own"))

    def _domain(
        self, keys: Path, part: DomainPart, environment: EnvironmentPart, zones: dict[str, Zone]
    ) -> SendingDomain | None:
        zone = self._zone_of(keys, part, zones)
        mail_from_part = _own_or_default(part, environment.defaults, "mail_from")
        mail_from = mail_from_part and self._mail_from(keys, mail_from_part, part)
        if zone is None or (mail_from_part and not mail_from):
            return None
        dmarc = _dmarc(_own_or_default(part, environment.defaults, "dmarc"))
        dkim = part.dkim or environment.defaults.dkim
        domain = SendingDomain(
            name=part.name,
            zone=zone,
            regions=tuple(part.regions or environment.regions),
            mail_from=mail_from,
            dkim_key_length=dkim.key_length,
            dmarc=dmarc,
            report_zones=_report_zones(part.name, dmarc, zones),
            individual_records=(part.record_sets or environment.record_sets) == "individual",
            group=part.stack or "",
        )
        self._check_dmarc(keys, part, domain)
        self._check_zone_cuts(keys, domain, zones)
        return domain

    def _check_dmarc(self, keys: Path, part: DomainPart, domain: SendingDomain) -> None:
        where = _place(keys, part, "dmarc")
        if domain.dmarc and (size := len(quote_txt(build_dmarc(domain.dmarc)))) > TXT_LIMIT:
            what = f"makes a record of {size} characters, of which Route 53 takes {TXT_LIMIT}"
            self.problem(where, describe(what, NoValue, "give fewer addresses"))
        for record in domain_wide_records(domain):
            if record.purpose is Purpose.DMARC_REPORTS and len(str(record.name)) > NAME_LIMIT_BYTES:
                what = f"needs a record whose name is longer than {NAME_LIMIT_BYTES} bytes"
                self.problem(where, describe(what, record.name, "choose an address of a shorter domain"))

    def _check_zone_cuts(self, keys: Path, domain: SendingDomain, zones: dict[str, Zone]) -> None:
        """Refuse records that their zone cannot hold, since a listed zone below it has taken the name over."""
        dkim = [(f"_domainkey.{domain.name}", "")]
        cuts: dict[str, DnsRecord] = {}
        for record in (record for region in domain.regions for record in expected_records(domain, region, dkim)):
            cut = longest_containing(str(record.name), zones)
            # A zone that holds the domain itself was passed over on purpose, by `zone`.
            if cut and cut != record.zone.name and not is_within(domain.name, cut):
                cuts.setdefault(cut, record)
        for cut, record in cuts.items():
            what = f"needs a record in zone {record.zone.name!r} whose name lies in zone {cut!r}"
            self.problem(keys, describe(what, record.name, "choose another name or take that zone off the list"))

    def _mail_from(self, keys: Path, mail_from: MailFromPart, part: DomainPart) -> MailFrom | None:
        template = self.checked(_place(keys, part, "mail_from"), parse_mail_from, mail_from.name, part.name)
        return template and MailFrom(template, OnMxFailure(mail_from.on_mx_failure))

    def _zone_of(self, keys: Path, part: DomainPart, zones: dict[str, Zone]) -> Zone | None:
        name = part.zone or longest_containing(part.name, zones)
        if name is None:
            what = describe("lies in none of the zones", part.name, "list its zone under zones, or as external")
            self.problem((*keys, "name"), what)
        elif name not in zones:
            todo = did_you_mean(name, zones) or "list it under zones"
            self.problem((*keys, "zone"), describe("is none of the zones", name, todo))
        elif not is_within(part.name, name):
            self.problem((*keys, "zone"), describe(f"does not contain {part.name!r}", name, "choose a zone above it"))
        else:
            return zones[name]
        return None


def _is_local(error: Any) -> bool:
    """Tell whether an error leaves everything right that stands outside its own domain, rollout or unknown key."""
    loc = error["loc"]
    if loc[0] == "rollout":
        return True
    return loc[0] == "domains" if len(loc) > 1 else bool(error["type"] == "extra_forbidden")


def _well_shaped(data: dict[str, Any], errors: list[Any]) -> tuple[dict[str, Any], list[int]]:
    """Leave out what is wrong; stand in for a wrong account or zone, since nothing else hangs on its value."""

    def wrong_parts(key: str) -> set[Any]:
        return {error["loc"][1] for error in errors if error["loc"][0] == key and len(error["loc"]) > 1}

    wrong_keys = {error["loc"][0] for error in errors} - {"domains", "regions", "zones"}
    rest = {"account": "0" * 12} | {key: value for key, value in data.items() if key not in wrong_keys}
    if isinstance(regions := data.get("regions"), list):
        wrong = wrong_parts("regions")
        rest["regions"] = list(dict.fromkeys(region for index, region in enumerate(regions) if index not in wrong))
    if isinstance(zones := data.get("zones"), dict):
        rest["zones"] = zones | dict.fromkeys(wrong_parts("zones"), EXTERNAL)
    domains = data.get("domains")
    domains = domains if isinstance(domains, list) else []
    wrong = wrong_parts("domains")
    kept = [index for index in range(len(domains)) if index not in wrong]
    return rest | {"domains": [domains[index] for index in kept]}, kept


def _own_or_default(domain: DomainPart, defaults: DefaultsPart, key: str) -> Any:
    return getattr(domain if key in domain.model_fields_set else defaults, key)


def _place(keys: Path, domain: DomainPart, key: str) -> Path:
    """Return where the value of a key stands: at the domain or among the defaults."""
    return (*keys, key) if key in domain.model_fields_set else ("defaults", key)


def _dmarc(part: DmarcPart | None) -> Dmarc | None:
    def policy(value: str | None) -> DmarcPolicy | None:
        return DmarcPolicy(value) if value else None

    if part is None:
        return None
    return Dmarc(
        policy=DmarcPolicy(part.policy),
        subdomain_policy=policy(part.subdomain_policy),
        nonexistent_subdomain_policy=policy(part.nonexistent_subdomain_policy),
        reports=tuple(part.reports),
        failure_reports=tuple(part.failure_reports),
        testing=part.testing,
    )


def _report_zones(domain: str, dmarc: Dmarc | None, zones: dict[str, Zone]) -> tuple[tuple[str, Zone], ...]:
    """Find the hosts that must agree to take the domain's reports and lie in a zone of ours."""
    hosts = dmarc.report_hosts() if dmarc else []
    found = ((host, longest_containing(host, zones)) for host in hosts if needs_authorisation(host, domain))
    return tuple((host, zones[zone]) for host, zone in found if zone)
