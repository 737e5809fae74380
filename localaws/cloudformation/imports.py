"""Imports: whether a stack holds already what is to be imported."""

from mailproof.localaws.names import host_name
from mailproof.localaws.upstream import changesets

RECORD_SET = "AWS::Route53::RecordSet"
_reference_upstream = changesets._import_ref


def reference(resource_type: str, value: str) -> str:
    """Return the form in which a physical id and an identifier are compared: a record's name without dot and case."""
    found: str = _reference_upstream(resource_type, value)
    return host_name(found) if resource_type == RECORD_SET else found
