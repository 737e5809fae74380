"""Delete an orphaned identity, then its records."""

from collections.abc import Sequence
from typing import TypeAlias

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.change.zone_change import Change, apply_batch, batch_command, change_of, deletion
from mailproof.exit_codes import WRONG
from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import DENIED
from mailproof.live.aws.route53 import RecordSet
from mailproof.live.aws.ses import delete_identity
from mailproof.model.command_lines import with_credentials_of
from mailproof.prune.orphaned_identity import OrphanedIdentity

Place: TypeAlias = tuple[Target, str]
"""Account and id of a hosted zone."""


def remove_orphan(orphan: OrphanedIdentity, clients: Clients) -> list[str]:
    """
    Remove an identity, then its records.

    As long as an identity signs, its keys have to be in DNS: so SES comes first. That DNS can be written, and holds
    what was listed, is proved before, by deleting and making that in one batch: Route 53 applies it wholly or not at
    all. What removes the records is told before too: without the identity nobody knows their names, and no second run
    finds them. A zone of another account that these credentials may not change keeps its records, and nothing else.

    Returns:
        What removes such records, for whoever may.

    Raises:
        CommandError: Something could not be removed; it says what is left.
    """
    batches = _batches(orphan)
    denied = {place: why for place in batches if (why := _prove(orphan, clients, place, batches[place]))}
    for place, records in batches.items():
        command = _command_of(orphan, place, records)
        say(f"what removes the records of {orphan.words} if this is interrupted: {command}")
    if not orphan.is_parked:
        _delete_identity(orphan, clients)
        say(f"removed {orphan.words}")
    for place, records in batches.items():
        zone_id = place[1]
        if place in denied:
            continue
        gone = "" if orphan.is_parked else "the identity is gone; "
        rest = f"{gone}remove its records by hand: {_command_of(orphan, place, records)}"
        if refused := apply_batch(clients, *place, _deletions(records)):
            raise _refused(orphan, zone_id, refused, rest)
        for record in (found.listed for found in records):
            say(f"removed {record['Type']} record {record['Name']!r} from zone {zone_id}")
    return [_left(orphan, place, batches[place], why) for place, why in denied.items()]


def _left(orphan: OrphanedIdentity, place: Place, records: Sequence[RecordSet], why: Unanswered) -> str:
    """Say what stays in a zone of another account, and how it goes."""
    account, zone_id = place[0].account, place[1]
    what = f"zone {zone_id} of {account} could not be changed for {orphan.words}, and keeps its records: {why}"
    return f"{what}; {with_credentials_of(account, batch_command(zone_id, _deletions(records)))}"


def _prove(orphan: OrphanedIdentity, clients: Clients, place: Place, records: Sequence[RecordSet]) -> Unanswered | None:
    """Prove that a zone can be changed; return why not, if it is another account's and denied."""
    made_again = [change_of("CREATE", found.listed) for found in records]
    refused = apply_batch(clients, *place, [*_deletions(records), *made_again])
    is_elsewhere = place[0].account != orphan.target.account
    if refused and is_elsewhere and refused.reason in DENIED:
        return refused
    if refused:
        raise _refused(orphan, place[1], refused, "nothing of it was removed")
    return None


def _batches(orphan: OrphanedIdentity) -> dict[Place, list[RecordSet]]:
    batches: dict[Place, list[RecordSet]] = {}
    for found in orphan.records:
        batches.setdefault((found.target, found.zone_id), []).append(found.record)
    return batches


def _delete_identity(orphan: OrphanedIdentity, clients: Clients) -> None:
    answer = clients.ask("sesv2", orphan.target, lambda client: delete_identity(client, orphan.domain))
    if isinstance(answer, Unanswered):
        raise CommandError(f"{orphan.words} could not be removed: {answer}; its records stay", WRONG)


def _refused(orphan: OrphanedIdentity, zone_id: str, answer: Unanswered, rest: str) -> CommandError:
    return CommandError([f"zone {zone_id} could not be changed for {orphan.words}: {answer}", rest], WRONG)


def _deletions(records: Sequence[RecordSet]) -> list[Change]:
    return [deletion(found) for found in records]


def _command_of(orphan: OrphanedIdentity, place: Place, records: Sequence[RecordSet]) -> str:
    """Write the command that removes records, and whose credentials it takes if they are not the identity's."""
    account, command = place[0].account, batch_command(place[1], _deletions(records))
    return command if account == orphan.target.account else with_credentials_of(account, command)
