"""Changes of a hosted zone: one batch, which Route 53 applies wholly or not at all, or the command that applies it."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.route53 import RecordSet, change_record_sets
from mailproof.model.names import fully_qualified
from mailproof.template.records import TemplateRecord

Change: TypeAlias = dict[str, Any]
"""What becomes of one record set, as Route 53 takes it."""


def change_of(action: str, record_set: Mapping[str, Any]) -> Change:
    """Return a change: ``CREATE``, ``DELETE`` or ``UPSERT`` of a record set, as Route 53 lists it."""
    return {"Action": action, "ResourceRecordSet": dict(record_set)}


def deletion(found: RecordSet) -> Change:
    """Return what deletes a record set, if it is still as it was found."""
    return change_of("DELETE", found.listed)


def creation(record: TemplateRecord, action: str = "CREATE") -> Change:
    """Return what makes a record as a template has it; by ``UPSERT`` in the place of what is there."""
    return change_of(action, simple_record_set(record.name, record.type, record.ttl_s, record.values))


def simple_record_set(name: str, rdtype: str, ttl_s: int, values: Iterable[str]) -> dict[str, Any]:
    """Return a record set without a routing policy, of values in Route 53's form."""
    records = [{"Value": value} for value in values]
    return {"Name": fully_qualified(name), "Type": rdtype, "TTL": ttl_s, "ResourceRecords": records}


def apply_batch(
    clients: Clients, target: Target, zone_id: str, changes: Sequence[Change], comment: str = ""
) -> Unanswered | None:
    """Apply a batch; return why nothing of it is done, None if all of it is."""
    batch = {**({"Comment": comment} if comment else {}), "Changes": changes}
    done = clients.ask("route53", target, lambda client: change_record_sets(client, zone_id, batch))
    return Unanswered("NoSuchHostedZone") if isinstance(done, NotFound) else done


def batch_command(zone_id: str, changes: Iterable[Change]) -> str:
    """Write the command that applies a batch, for whoever has credentials of the zone's account."""
    batch = json.dumps({"Changes": list(changes)}, separators=(",", ":"))
    words = ["aws", "route53", "change-resource-record-sets", "--hosted-zone-id", zone_id]
    return shlex.join([*words, "--change-batch", batch])
