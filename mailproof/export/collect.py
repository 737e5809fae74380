"""Join the records of environments with the DKIM records that SES assigns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from mailproof.export.dkim_reader import DkimAnswer, DkimReader, DkimState
from mailproof.export.policy_hosts import PolicyHostReader, judge_target
from mailproof.export.record import ExportRecord
from mailproof.export.selection import RecordSelection
from mailproof.live.answer import AwsAnswer
from mailproof.model.dns_record import DnsRecord
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.environment import Environment
from mailproof.model.mta_sts import policy_host
from mailproof.model.names import dkim_subdomain
from mailproof.model.records import expected_records, others_records

WORKERS_A_REGION = 4  # SES answers about one request a second and region
WORKERS_LIMIT = 32

Identity = tuple[str, str, str]
"""Environment, domain and region, by name."""
Place = tuple[Environment, SendingDomain, str | None]
"""A domain in one of its regions, or in none if it has none."""
Targets = Mapping[tuple[str, str], tuple[str, AwsAnswer[str]]]
"""Environment and domain, by name, to region and target of the host of a policy."""
Wanted = tuple[Environment, SendingDomain, str]
"""An identity with what the file says of it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """
    An identity whose DKIM records could not be exported, or a domain of whose MTA-STS host that holds.

    Attributes:
        environment: Name of the environment.
        domain: Sending domain.
        region: AWS region, of a host that of the stack which serves it.
        state: Why, in one word.
        reason: Why, for a person.
    """

    environment: str
    domain: str
    region: str
    state: DkimState
    reason: str

    def __str__(self) -> str:
        """Show it as ``prod: example.com in eu-west-1: …``."""
        return f"{self.environment}: {self.domain} in {self.region}: {self.reason}"


@dataclass(frozen=True, slots=True)
class RecordList:
    """
    The records that were asked for.

    Attributes:
        records: By zone, name, type and value.
        gaps: Identities whose DKIM records are not among them, in the order of the files; then hosts of policies.
        others: Records that others are to publish, in zones that the files do not have; in the same order.
    """

    records: tuple[ExportRecord, ...]
    gaps: tuple[Gap, ...] = ()
    others: tuple[ExportRecord, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if an identity is missing, else 3 if SES could not be asked, else 0."""
        states = {gap.state for gap in self.gaps}
        if DkimState.MISSING in states:
            return 1
        return 3 if DkimState.UNKNOWN in states else 0

    @property
    def is_partial(self) -> bool:
        """Whether records are left out that exist or will exist."""
        return self.exit_code != 0


def collect_records(
    environments: Sequence[Environment],
    selection: RecordSelection,
    reader: DkimReader,
    done: Callable[[], None] = lambda: None,
    hosts: PolicyHostReader | None = None,
) -> RecordList:
    """
    List the records that were asked for, DKIM records as SES names them now.

    Args:
        environments: In their order.
        selection: What was asked for.
        reader: Tells DKIM records; asked only about identities whose DKIM records were asked for.
        done: Called after each identity that SES was asked about, from any thread.
        hosts: Tells where the hosts of MTA-STS policies point that a stack serves; None leaves their records out.
    """
    answers = _read_all(identities_to_ask(environments, selection), reader, done)
    chosen = _chosen(environments, selection)
    targets = _read_targets(chosen, selection, hosts) if hosts else {}
    records = _records(chosen, selection, answers, targets)
    return RecordList(records, (*_gaps(answers), *_target_gaps(targets)), _others(chosen, selection))


def identities_to_ask(environments: Sequence[Environment], selection: RecordSelection) -> list[Wanted]:
    """List the identities whose DKIM records were asked for, where SES alone knows them."""
    return [
        (environment, domain, region)
        for environment, domain, region in _chosen(environments, selection)
        if region and domain.has_tokens_in(region) and selection.takes_zone(domain.zone)
    ]


def names_to_write(environments: Sequence[Environment], selection: RecordSelection) -> dict[Zone, list[str]]:
    """Return the names of the records by zone, as the files tell them; of DKIM records the name above the token."""
    names: dict[Zone, dict[str, None]] = {}
    for _, domain, region in _chosen(environments, selection):
        dkim = [(dkim_subdomain(domain.name), "")] if region and domain.has_tokens_in(region) else []
        for record in expected_records(domain, region, dkim):
            if selection.takes_zone(record.zone):
                names.setdefault(record.zone, {})[str(record.name)] = None
    return {zone: list(found) for zone, found in names.items()}


def _chosen(environments: Sequence[Environment], selection: RecordSelection) -> list[Place]:
    return [
        (environment, domain, region)
        for environment in environments
        for domain, region in environment.places()
        if selection.takes_domain(domain) and selection.takes_region(region)
    ]


def _read_all(chosen: list[Wanted], reader: DkimReader, done: Callable[[], None]) -> dict[Identity, DkimAnswer]:
    def read(wanted: Wanted) -> DkimAnswer:
        environment, domain, region = wanted
        try:
            return reader.read(environment, domain.name, region)
        finally:
            done()

    regions = {region for _, _, region in chosen}
    pool = ThreadPoolExecutor(min(WORKERS_LIMIT, WORKERS_A_REGION * len(regions)) or 1)
    try:
        answers = list(pool.map(read, chosen))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C does not wait for what was not begun
    names = [(environment.name, domain.name, region) for environment, domain, region in chosen]
    return dict(zip(names, answers, strict=True))


def _read_targets(chosen: list[Place], selection: RecordSelection, hosts: PolicyHostReader) -> Targets:
    serving = {
        (environment.name, domain.name): (environment, domain)
        for environment, domain, _ in chosen
        if domain.serves_policy and selection.takes_zone(domain.zone)
    }
    return {key: hosts.read(*place) for key, place in serving.items()}


def _target_gaps(targets: Targets) -> Iterator[Gap]:
    for (environment, domain), (region, answer) in targets.items():
        state, reason = judge_target(policy_host(domain), region, answer)
        if reason:
            yield Gap(environment, domain, region, state, reason)


def _records(
    chosen: list[Place], selection: RecordSelection, answers: Mapping[Identity, DkimAnswer], targets: Targets
) -> tuple[ExportRecord, ...]:
    found: dict[tuple[object, ...], ExportRecord] = {}
    for environment, domain, region in chosen:
        answer = answers.get((environment.name, domain.name, region or ""))
        _, target = targets.get((environment.name, domain.name), ("", None))
        for expected in expected_records(domain, region, answer.pairs if answer else ()):
            points = (target,) if expected.kind.target and isinstance(target, str) else expected.values
            record = replace(expected, values=points)
            for row in _export_records(environment, domain, record) if selection.takes_zone(record.zone) else ():
                key = (row.zone, row.name, row.type, row.value)
                first = found.setdefault(key, row)
                # A DKIM replica has the tokens of its parent: one record, several regions.
                found[key] = replace(first, regions=tuple(dict.fromkeys((*first.regions, *row.regions))))
    return tuple(sorted(found.values(), key=lambda record: record.sort_key))


def _others(chosen: list[Place], selection: RecordSelection) -> tuple[ExportRecord, ...]:
    """List what others are to publish, unless zones were asked for: theirs is none that the files have."""
    if selection.zones:
        return ()
    domains = {(environment.name, domain.name): (environment, domain) for environment, domain, _ in chosen}
    rows = (
        row
        for environment, domain in domains.values()
        for record in others_records(domain)
        for row in _export_records(environment, domain, record)
    )
    return tuple(sorted(rows, key=lambda record: record.sort_key))


def _export_records(environment: Environment, domain: SendingDomain, record: DnsRecord) -> Iterator[ExportRecord]:
    for value in record.values:
        yield ExportRecord(
            zone=record.zone,
            name=str(record.name),
            type=record.type,
            preference=record.preference,
            value=str(value),
            ttl_s=record.ttl_s,
            kind=record.kind,
            environment=environment.name,
            domain=domain.name,
            regions=(record.region,) if record.region else (),
        )


def _gaps(answers: Mapping[Identity, DkimAnswer]) -> Iterator[Gap]:
    for (environment, domain, region), answer in answers.items():
        if answer.state is not DkimState.KNOWN:
            yield Gap(environment, domain, region, answer.state, answer.reason)
