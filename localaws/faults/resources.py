"""Faults of CloudFormation resources: the handlers of a type, wrapped."""

from collections.abc import Callable, Iterator
from typing import Any

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.faults import rules
from mailproof.localaws.upstream import responses

# What ministack keeps for a type: functions by action, and flags.
Handlers = dict[str, Any]
_NAMING_PROPERTIES = ("EmailIdentity", "Name", "HostedZoneId", "HostedZoneName")
# Which argument of ministack's handler signatures holds the properties in question.
_PROPERTIES_AT = {"create": 1, "update": 2, "delete": 1}


def with_faults(resource_type: str, by_action: Handlers) -> Handlers:
    """Return the handlers of a type, each of which applies a matching fault rule first."""
    return {
        action: _wrap(resource_type, action, handler) if action in _PROPERTIES_AT else handler
        for action, handler in by_action.items()
    }


def _wrap(resource_type: str, action: str, handler: Callable[..., Any]) -> Callable[..., Any]:
    def faulty(*args: Any) -> Any:
        targets = _targets(str(args[0]), args[_PROPERTIES_AT[action]])
        rule = rules.take_for_resource(
            resource_type, action, responses.get_account_id(), responses.get_region(), targets
        )
        if rule is not None:
            rules.pause(rule)
            if rule.code:
                raise ServiceError(rule.code, f"{rule.message} ({rule.code})", status=rule.http_status())
        return handler(*args)

    return faulty


def _targets(first: str, props: dict[str, Any]) -> Iterator[str]:
    yield first
    for member in [props, *(props.get("RecordSets") or [])]:
        yield from (str(member[name]) for name in _NAMING_PROPERTIES if name in member)
