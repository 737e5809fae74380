"""Read an environment file into an `Environment`, or report everything that is wrong with it."""

from collections.abc import Callable
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from mailproof.model import pages
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.environment import Environment, Source
from mailproof.model.environment_file import (
    EnvironmentPart,
    RolloutPart,
)
from mailproof.model.errors import InvalidValue, NoValue, Problem, describe
from mailproof.model.file_values import NAME_SIGNS
from mailproof.model.messages import format_key, validation_words, visible_keys
from mailproof.model.names import parse_host_name
from mailproof.model.own_key import Keys
from mailproof.model.regions import partition
from mailproof.model.resolve_domain import DomainReader
from mailproof.model.rollout import Rollout, WaveOrder, check_waves
from mailproof.model.stack_id import NAME
from mailproof.model.watch import Watch
from mailproof.model.well_shaped import WellShaped, is_local, known_regions, well_shaped
from mailproof.model.yaml_reader import Document, Path, YamlError, read_yaml


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
            self.problem((), describe(what, got, f"{pages.ENVIRONMENT_FILE} shows one"))
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
        self.is_complete &= all(is_local(error) for error in errors) and bool(known_regions(data.get("regions")))
        return well_shaped(data, errors)

    def _resolve(self, found: WellShaped) -> Environment:
        part = found.part
        zones = {name: self._zone(name, zone, part.account) for name, zone in part.zones.items()}
        self._check_zones(found.zones, zones)
        self._check_partitions(found)
        read = DomainReader(self, frozenset(each.name for each in part.parked if not each.receives))
        domains: list[SendingDomain] = []
        sources: dict[str, Source] = {}
        for index, domain_part in zip(found.indexes, part.domains, strict=True):
            domain = read.domain(("domains", index), domain_part, found, zones)
            if self._is_first(sources, "domains", index, domain_part.name) and index not in found.wrong_indexes:
                domains += [domain] if domain else []
        for index, parked_part in zip(found.parked_indexes, part.parked, strict=True):
            domain = read.parked(("parked", index), parked_part, found, zones)
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
            watch=self._watch(part),
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

    def _watch(self, part: EnvironmentPart) -> Watch | None:
        watch = part.watch
        if watch is None:
            return None
        region = watch.region or part.regions[0]
        if watch.topic and (where := watch.topic.split(":")[3]) != region:
            what = describe(f"is in {where}", watch.topic, f"name one in {region}, where the watch is, or write region")
            self.problem(("watch", "topic"), what)
        return Watch(watch.schedule, region, watch.topic, watch.keep_days, watch.mask)

    def _rollout(self, part: RolloutPart) -> Rollout:
        waves = part.waves
        return Rollout(
            after=part.after,
            approval=part.approval == "required",
            waves=WaveOrder(waves) if isinstance(waves, str) else tuple(tuple(wave) for wave in waves),
            concurrency=part.concurrency,
            gate_timeout_minutes=part.gate.timeout_minutes,
            gate_probes=part.gate.probe,
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
        if not (listed := known_regions(data.get("regions"))):
            return
        lists: list[tuple[Path, Any]] = [(("regions",), data["regions"])]
        lists += [(("domains", index, "regions"), data["domains"][index].get("regions")) for index in found.indexes]
        home = listed[0][1]
        what = f"lies in another AWS partition than {home!r}"
        if dns_region and partition(dns_region) != partition(home):
            self.problem(("dns_region",), describe(what, dns_region, "choose one of the same"))
        for keys, regions in lists:
            for index, region in known_regions(regions):
                if partition(region) != partition(home):
                    self.problem((*keys, index), describe(what, region, "write an environment of its own"))
