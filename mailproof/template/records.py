"""Record sets of a template, with their names and values resolved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailproof.model.domain import ZONE_ID_PREFIX
from mailproof.model.names import host_name
from mailproof.model.resource_types import RECORD_SET_GROUP
from mailproof.template.contents import RecordKey, live_resources, record_sets
from mailproof.template.intrinsics import IntrinsicEvaluator, Scope, Unresolved


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """
    A record set of a template.

    Attributes:
        logical_id: Of its resource.
        is_grouped: Whether the resource is a group.
        zone_id: Hosted zone id; empty if the template names the zone otherwise.
        name: Lower-case, without a trailing dot; empty if only CloudFormation knows it.
        type: Its type; empty if only CloudFormation knows it.
        ttl_s: Time to live, seconds.
        values: In Route 53's form; empty if they are not known.
    """

    logical_id: str
    is_grouped: bool
    zone_id: str
    name: str
    type: str
    ttl_s: int
    values: tuple[str, ...]

    @property
    def key(self) -> RecordKey:
        """Under which a zone holds it."""
        return self.name, self.type

    @property
    def words(self) -> str:
        """What people know it by."""
        return f"{self.type} record {self.name!r}"


def template_records(scope: Scope, evaluator: IntrinsicEvaluator) -> Iterator[TemplateRecord]:
    """Yield the record sets of a template, but those of a group that bear a token which no identity has."""
    for logical_id, resource in live_resources(scope.template).items():
        is_grouped = resource["Type"] == RECORD_SET_GROUP
        for member in record_sets(resource):
            name = evaluator.resolve(member.get("Name"), scope)
            if name is not Unresolved.NOWHERE or not is_grouped:
                yield _record(logical_id, _known(name), member, scope, evaluator, is_grouped=is_grouped)


def _record(  # noqa: PLR0913 -- parts of one template
    logical_id: str,
    name: str,
    member: Mapping[str, Any],
    scope: Scope,
    evaluator: IntrinsicEvaluator,
    *,
    is_grouped: bool,
) -> TemplateRecord:
    zone = evaluator.resolve(member.get("HostedZoneId"), scope)
    given = member.get("ResourceRecords", ())
    values = [evaluator.resolve(value, scope) for value in given] if isinstance(given, list) else []
    ttl = member.get("TTL", "")
    return TemplateRecord(
        logical_id=logical_id,
        is_grouped=is_grouped,
        zone_id=_zone_id(zone),
        name=host_name(name),
        type=_known(evaluator.resolve(member.get("Type"), scope)),
        ttl_s=int(ttl) if str(ttl).isdecimal() else 0,
        values=tuple(map(str, values)) if all(isinstance(value, str) for value in values) else (),
    )


def _known(value: str | Unresolved) -> str:
    return value if isinstance(value, str) else ""


def _zone_id(value: object) -> str:
    """Return the zone id that a template gives; empty if it names the zone otherwise."""
    return value.removeprefix(ZONE_ID_PREFIX) if isinstance(value, str) else ""
