"""Delete an orphaned identity, then its records."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.exit_codes import WRONG
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients
from mailproof.live.aws.route53 import change_record_sets
from mailproof.live.aws.ses import delete_identity
from mailproof.prune.orphaned_identity import OrphanedIdentity

T = TypeVar("T")


def remove_orphan(orphan: OrphanedIdentity, clients: Clients) -> None:
    """
    Remove an identity, then its records.

    As long as an identity signs, its keys have to be in DNS: so SES comes first. That DNS can be written, and holds
    what was listed, is proved before, by deleting and making that in one batch: Route 53 applies it wholly or not at
    all. What removes the records is told before too: without the identity nobody knows their names, and no second run
    finds them.

    Raises:
        CommandError: Something could not be removed; it says what is left.
    """
    batches = _batches(orphan)
    for zone_id, records in batches.items():
        _change(orphan, clients, zone_id, _batch(records, "DELETE", "CREATE"), "nothing of it was removed")
    for zone_id, records in batches.items():
        say(f"what removes the records of {orphan.words} if this is interrupted: {_command(zone_id, records)}")
    _delete_identity(orphan, clients)
    say(f"removed {orphan.words}")
    for zone_id, records in batches.items():
        rest = f"the identity is gone; remove its records by hand: {_command(zone_id, records)}"
        _change(orphan, clients, zone_id, _batch(records, "DELETE"), rest)
        for record in records:
            say(f"removed {record['Type']} record {record['Name']!r} from zone {zone_id}")


def _batches(orphan: OrphanedIdentity) -> dict[str, list[Mapping[str, Any]]]:
    batches: dict[str, list[Mapping[str, Any]]] = {}
    for found in orphan.records:
        batches.setdefault(found.zone_id, []).append(found.record.listed)
    return batches


def _delete_identity(orphan: OrphanedIdentity, clients: Clients) -> None:
    answer = clients.ask("sesv2", orphan.target, lambda client: delete_identity(client, orphan.domain))
    if isinstance(answer, Unanswered):
        raise CommandError(f"{orphan.words} could not be removed: {answer}; its records stay", WRONG)


def _change(orphan: OrphanedIdentity, clients: Clients, zone_id: str, batch: Any, rest: str) -> None:
    answer = clients.ask(
        "route53",
        orphan.target,
        lambda client: change_record_sets(client, zone_id, batch),
    )
    if isinstance(answer, Unanswered | NotFound):
        raise CommandError([f"zone {zone_id} could not be changed for {orphan.words}: {answer}", rest], WRONG)


def _batch(records: Sequence[Mapping[str, Any]], *actions: str) -> dict[str, Any]:
    return {
        "Changes": [{"Action": action, "ResourceRecordSet": dict(record)} for action in actions for record in records]
    }


def _command(zone_id: str, records: Sequence[Mapping[str, Any]]) -> str:
    batch = json.dumps(_batch(records, "DELETE"), separators=(",", ":"))
    return f"aws route53 change-resource-record-sets --hosted-zone-id {zone_id} --change-batch '{batch}'"
