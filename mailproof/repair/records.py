"""Put records back: one batch a hosted zone, which is refused if a record has changed since it was looked at."""

from collections.abc import Iterable, Iterator

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.change.zone_change import Change, apply_batch, batch_command, creation, deletion
from mailproof.check.drift import RecordDrift
from mailproof.exit_codes import UNANSWERED
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import advise

CHANGES_LIMIT = 500  # Route 53 takes 1,000 records a batch
RACE = "InvalidChangeBatch"


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


def change_zone(clients: Clients, target: Target, zone_id: str, changes: list[Change]) -> None:
    """
    Apply one batch of changes to a hosted zone.

    Raises:
        CommandError: It was refused, and nothing of it is done.
    """
    why = apply_batch(clients, target, zone_id, changes, "mailproof repair")
    if why and why.reason == RACE:
        what = f"hosted zone {zone_id}: somebody has changed a record meanwhile, and nothing of this was done"
        raise CommandError(f"{what}; run the same command again ({why.detail})")
    if why:
        what = f"hosted zone {zone_id}: could not be changed, and nothing of it was: {why}{advise(why, target.region)}"
        raise CommandError(what, UNANSWERED)
    for change in changes:
        record = change["ResourceRecordSet"]
        say(f"hosted zone {zone_id}: {change['Action']} {record['Type']} {record['Name']}: done")


def command_line(drift: RecordDrift) -> str:
    """Write the command that puts a record back, for whoever has credentials of the zone's account."""
    return batch_command(drift.record.zone_id, build_changes(drift))
