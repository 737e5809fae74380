"""Change batches of record sets: all checked, then all applied, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.names import route53_name
from mailproof.localaws.route53.checks import check_neighbours, check_parameters, check_record
from mailproof.localaws.route53.hosted_zones import HostedZone, index_of
from mailproof.localaws.route53.index import RecordIndex, RecordKey, RecordSet, record_key
from mailproof.localaws.upstream import route53

Action = Literal["CREATE", "UPSERT", "DELETE"]
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html; an UPSERT counts double.
_BATCH_VALUES = 1000
_BATCH_CHARS = 32_000


@dataclass(frozen=True)
class Change:
    """One change of a batch."""

    action: Action
    record: RecordSet

    @property
    def key(self) -> RecordKey:
        """Identify the record set within its zone."""
        return record_key(self.record)


def apply_changes(zone: HostedZone, changes: Sequence[Change]) -> None:
    """
    Apply a batch as Route 53 does: wholly or not at all.

    Raises:
        ServiceError: InvalidInput if the parameters of a change do not go together, else InvalidChangeBatch with every
            problem of the batch in its message.
    """
    for change in changes:
        for problem in check_parameters(change.action, change.record):
            raise ServiceError("InvalidInput", problem)
    with route53._lock:
        index = index_of(zone)
        after, problems = _play(index, changes)
        problems += _check_size(changes)
        for change in changes:
            if change.action != "DELETE":
                problems += check_record(change.record, zone.name)
        for name in {key[0] for key in after}:
            held = _records_after(index, after, name)
            set_now = [record for key, record in after.items() if key[0] == name and record is not None]
            problems += check_neighbours(name, held, set_now, zone.name)
        problems += _check_apex(zone, after)
        if problems:
            raise ServiceError("InvalidChangeBatch", f"[{', '.join(problems)}]")
        _commit(index, after)


def _play(index: RecordIndex, changes: Sequence[Change]) -> tuple[dict[RecordKey, RecordSet | None], list[str]]:
    """Return what the touched keys hold after the batch, and which change does not fit what is there before it."""
    after: dict[RecordKey, RecordSet | None] = {}
    problems: list[str] = []
    for change in changes:
        key = change.key
        if key in after and not (after[key] is None and change.action != "DELETE"):
            problems.append(describe_clash(change.record))
            continue
        existing = after.get(key, index.get(key))
        where = f"[name='{route53_name(key[0])}', type='{key[1]}']"
        if change.action == "CREATE" and existing is not None:
            problems.append(f"Tried to create resource record set {where} but it already exists")
        elif change.action == "DELETE" and existing is None:
            problems.append(f"Tried to delete resource record set {where} but it was not found")
        elif change.action == "DELETE" and not _same_values(existing, change.record):
            problems.append(
                f"Tried to delete resource record set {where} but the values provided do not match the current values"
            )
        after[key] = None if change.action == "DELETE" else change.record
    return after, problems


def describe_clash(record: RecordSet) -> str:
    """Return the message about two changes of one record set; only a deletion may be followed by a creation."""
    name = route53_name(record_key(record)[0])
    return f"The request contains an invalid set of changes for a resource record set '{record['Type']} {name}'"


def _check_apex(zone: HostedZone, after: dict[RecordKey, RecordSet | None]) -> list[str]:
    """Return why records of the zone itself cannot go."""
    removed = {key[1] for key, record in after.items() if key[0] == zone.name and record is None}
    problems = {
        "NS": "A HostedZone must contain at least one NS record for the zone itself.",
        "SOA": "A HostedZone must contain exactly one SOA record.",
    }
    return [problem for rdtype, problem in problems.items() if rdtype in removed]


def _same_values(existing: RecordSet | None, given: RecordSet) -> bool:
    return existing is not None and route53._rs_values(existing) == route53._rs_values(given)


def _check_size(changes: Sequence[Change]) -> list[str]:
    weights = [
        (2 if change.action == "UPSERT" else 1, change.record.get("ResourceRecords") or []) for change in changes
    ]
    problems = []
    if sum(weight * len(values) for weight, values in weights) > _BATCH_VALUES:
        problems.append(f"Number of records limit of {_BATCH_VALUES} exceeded.")
    if sum(weight * sum(map(len, values)) for weight, values in weights) > _BATCH_CHARS:
        problems.append(f"Number of characters limit of {_BATCH_CHARS} exceeded.")
    return problems


def _records_after(index: RecordIndex, after: dict[RecordKey, RecordSet | None], name: str) -> list[RecordSet]:
    held = {record_key(record): record for record in index.at(name)}
    held.update({key: record for key, record in after.items() if key[0] == name and record is not None})
    return [record for key, record in held.items() if after.get(key, record) is not None]


def _commit(index: RecordIndex, after: dict[RecordKey, RecordSet | None]) -> None:
    for key, record in after.items():
        if record is not None:
            index.put({**record, "Name": route53_name(key[0])})
        elif index.get(key) is not None:
            index.remove(key)
