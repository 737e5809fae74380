"""From the text of an environment file to an `Environment`, or to everything that is wrong with it."""

import re
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from mailproof.spec.dmarc import Dmarc, DmarcPolicy, needs_authorisation
from mailproof.spec.domain import MailFrom, OnMxFailure, SendingDomain, Zone, parse_mail_from
from mailproof.spec.environment import Environment, Source
from mailproof.spec.environment_file import DefaultsPart, DmarcPart, DomainPart, EnvironmentPart, MailFromPart
from mailproof.spec.errors import InvalidValue, Problem, describe
from mailproof.spec.messages import did_you_mean, format_key, validation_words, visible_keys
from mailproof.spec.names import is_within, longest_containing
from mailproof.spec.regions import partition
from mailproof.spec.yaml_reader import Document, Path, YamlError, read_yaml

ENVIRONMENT_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


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
        try:
            self.document = read_yaml(text)
        except YamlError as err:
            self.problems.append(Problem(path, err.line, format_key(err.path), str(err)))
            return
        self._check_file()
        if validated := self._validate():
            environment = self._resolve(*validated)
            self.environment = environment if self.is_complete else None
        self.problems.sort(key=lambda problem: problem.line or 0)

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

    def _check_file(self) -> None:
        if not ENVIRONMENT_NAME.fullmatch(self.name):
            self.problem(
                (),
                describe(
                    "names no environment", self.name, "use lower-case letters, digits and hyphens, a letter first"
                ),
            )

    def _validate(self) -> tuple[EnvironmentPart, list[int]] | None:
        """
        Validate the shape, noting what is wrong.

        Returns:
            What is well-shaped, so that the rest is judged in the same go, with the index in the file of each of its
            domains; None where nothing can be said about the rest.
        """
        data = self.document.data
        if not isinstance(data, dict):
            self.problem((), describe("is no environment file", data, "docs/environment-file.md shows one"))
            return None
        try:
            part = EnvironmentPart.model_validate(data)
            return part, list(range(len(part.domains)))
        except ValidationError as err:
            errors = err.errors(include_url=False)
        for error in errors:
            self.problem(visible_keys(error["loc"]), validation_words(error))
        self.is_complete = all(_is_local(error) for error in errors)
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
        return Environment(
            name=self.name,
            account=part.account,
            regions=tuple(part.regions),
            dns_region=part.dns_region or part.regions[0],
            retain=part.removal_policy == "retain",
            tags=part.tags,
            zones=zones,
            stacks=part.stacks,
            domains=tuple(domains),
            sources=sources,
        )

    def _zone(self, name: str, part: Any, account: str) -> Zone:
        if part is None:
            return Zone(name)
        return Zone(name, part.id, part.account if part.account != account else None)

    def _check_zones(self, zones: dict[str, Zone]) -> None:
        by_id: dict[str, str] = {}
        for name, zone in zones.items():
            if zone.id and by_id.setdefault(zone.id, name) != name:
                what = describe(f"has the id of zone {by_id[zone.id]!r}", zone.id, "give each zone its own")
                self.problem(("zones", name, "id"), what)

    def _check_partitions(self, part: EnvironmentPart, indexes: list[int]) -> None:
        home = partition(part.regions[0])
        lists: list[tuple[Path, list[str]]] = [(("regions",), part.regions)]
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
        return SendingDomain(
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

    def _mail_from(self, keys: Path, mail_from: MailFromPart, part: DomainPart) -> MailFrom | None:
        own = "mail_from" in part.model_fields_set
        where: Path = (*keys, "mail_from") if own else ("defaults", "mail_from")
        template = self.checked(where, parse_mail_from, mail_from.name, part.name)
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
    """Tell whether an error leaves everything right that stands outside its own domain or unknown key."""
    loc = error["loc"]
    return (loc[0] == "domains" and len(loc) > 1) or error["type"] == "extra_forbidden"


def _well_shaped(data: dict[str, Any], errors: list[Any]) -> tuple[dict[str, Any], list[int]]:
    """Leave out what is wrong; stand in for a wrong account, since nothing else hangs on its value."""
    wrong_keys = {error["loc"][0] for error in errors} - {"domains", "regions", "zones"}
    rest = {"account": "0" * 12} | {key: value for key, value in data.items() if key not in wrong_keys}
    if isinstance(listed := data.get("regions"), list):
        wrong = {error["loc"][1] for error in errors if error["loc"][0] == "regions" and len(error["loc"]) > 1}
        rest["regions"] = list(dict.fromkeys(region for index, region in enumerate(listed) if index not in wrong))
    domains = data.get("domains")
    domains = domains if isinstance(domains, list) else []
    wrong = {error["loc"][1] for error in errors if error["loc"][0] == "domains" and len(error["loc"]) > 1}
    kept = [index for index in range(len(domains)) if index not in wrong]
    return rest | {"domains": [domains[index] for index in kept]}, kept


def _own_or_default(domain: DomainPart, defaults: DefaultsPart, key: str) -> Any:
    return getattr(domain if key in domain.model_fields_set else defaults, key)


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
