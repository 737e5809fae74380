"""Put records back: one batch a hosted zone, which is refused if a record has changed since it was looked at."""

import json
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.check.drift import RecordDrift
from mailproof.exit_codes import UNANSWERED
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.route53 import RecordSet, change_record_sets
from mailproof.model.names import fully_qualified
from mailproof.template.records import TemplateRecord

CHANGES_LIMIT = 500  # Route 53 takes 1,000 records a batch
RACE = "InvalidChangeBatch"

Change = dict[str, Any]


def put_back(drifts: Iterable[RecordDrift], clients: Clients) -> None:
    """
    Put records back.

    Args:
        drifts: Simple ones.
        clients: Ask Route 53.

    Raises:
        CommandError: A batch was refused. Those before it are done; of this one nothing is.
    """
    zones: dict[tuple[Target, str], list[Change]] = {}
    for drift in drifts:
        target = Target(drift.stack.account, drift.stack.region)
        zones.setdefault((target, drift.record.zone_id), []).extend(build_changes(drift))
    for (target, zone_id), changes in zones.items():
        for at in range(0, len(changes), CHANGES_LIMIT):
            change_zone(clients, target, zone_id, changes[at : at + CHANGES_LIMIT])


def build_changes(drift: RecordDrift) -> Iterator[Change]:
    """Yield what makes a record what the stack holds: exactly what was found goes, in the same batch."""
    yield from map(deletion, drift.found)
    yield creation(drift.record)


def deletion(found: RecordSet) -> Change:
    """Return what deletes a record set, if it is still as it was found."""
    return {"Action": "DELETE", "ResourceRecordSet": dict(found.listed)}


def creation(record: TemplateRecord) -> Change:
    """Return what makes a record as a stack holds it."""
    record_set = {
        "Name": fully_qualified(record.name),
        "Type": record.type,
        "TTL": record.ttl_s,
        "ResourceRecords": [{"Value": value} for value in record.values],
    }
    return {"Action": "CREATE", "ResourceRecordSet": record_set}


def change_zone(clients: Clients, target: Target, zone_id: str, changes: list[Change]) -> None:
    """
    Apply one batch of changes to a hosted zone.

    Raises:
        CommandError: It was refused, and nothing of it is done.
    """
    batch = {"Comment": "mailproof repair", "Changes": changes}
    done = clients.ask("route53", target, lambda client: change_record_sets(client, zone_id, batch))
    if isinstance(done, Unanswered) and done.reason == RACE:
        what = f"hosted zone {zone_id}: somebody has changed a record meanwhile, and nothing of this was done"
        raise CommandError(f"{what}; run the same again ({done.detail})")
    if isinstance(done, NotFound | Unanswered):
        why = Unanswered("NoSuchHostedZone") if isinstance(done, NotFound) else done
        what = f"hosted zone {zone_id}: could not be changed, and nothing of it was: {why}{advise(why, target.region)}"
        raise CommandError(what, UNANSWERED)
    for change in changes:
        record = change["ResourceRecordSet"]
        say(f"hosted zone {zone_id}: {change['Action']} {record['Type']} {record['Name']}: done")


def command_line(drift: RecordDrift) -> str:
    """Write the command that puts a record back, for whoever has credentials of the zone's account."""
    return batch_command(drift.record.zone_id, build_changes(drift))


def batch_command(zone_id: str, changes: Iterable[Change]) -> str:
    """Write the command that applies changes to a hosted zone in one batch."""
    batch = json.dumps({"Changes": list(changes)})
    words = ["aws", "route53", "change-resource-record-sets", "--hosted-zone-id", zone_id]
    return shlex.join([*words, "--change-batch", batch])
