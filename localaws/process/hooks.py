"""Replace functions of ministack by those of localaws."""

import functools
import importlib.metadata
from typing import Any

from mailproof.localaws import upstream
from mailproof.localaws.cloudformation import (
    imports,
    protected_updates,
    rollbacks,
    stack_events,
    stack_outputs,
    stack_resources,
    stack_templates,
)
from mailproof.localaws.dns.zones import put_built_in_zone
from mailproof.localaws.errors import StartError
from mailproof.localaws.faults import rules
from mailproof.localaws.faults.resources import with_faults
from mailproof.localaws.process.watching import with_looks
from mailproof.localaws.route53 import api as route53_api
from mailproof.localaws.route53 import resources as record_resources
from mailproof.localaws.ses import api as ses_api
from mailproof.localaws.ses import query_api
from mailproof.localaws.ses import resource as ses_resource
from mailproof.localaws.ses.host_zone import SesHostZone

VERSION = "1.5.33"


def check_upstream() -> None:
    """
    Check that ministack is the version whose private names are known.

    Raises:
        StartError: It is another version.
    """
    installed = importlib.metadata.version("ministack")
    if installed != VERSION:
        raise StartError(f"localaws needs ministack {VERSION}, got {installed}; run: pip install ministack=={VERSION}")


def install() -> None:
    """Put the functions of localaws in the place of ministack's; called once, after `check_upstream`."""
    _install_route53()
    _install_resources()
    _install_imports()
    _install_drift_readers()
    _install_intrinsic_functions()
    _install_stack_calls()
    _replace(upstream.ses, "handle_request", query_api.handle_request)
    _replace(upstream.ses_v2, "handle_request", ses_api.handle_request)
    put_built_in_zone(SesHostZone())


def _replace(module: Any, name: str, ours: Any) -> None:
    """
    Put a function of ours in the place of ministack's.

    Raises:
        StartError: There is none of that name, so that nobody would call ours.
    """
    if not hasattr(module, name):
        raise StartError(f"ministack {VERSION} lacks what localaws hooks into: {module.__name__}.{name}")
    setattr(module, name, ours)


def _install_route53() -> None:
    _replace(upstream.route53, "_change_resource_record_sets", route53_api.change_record_sets)
    _replace(upstream.route53, "_create_hosted_zone", route53_api.create_hosted_zone)
    _replace(upstream.route53, "_get_hosted_zone", route53_api.get_hosted_zone)
    _replace(upstream.route53, "_list_resource_record_sets", route53_api.list_record_sets)
    _replace(upstream.route53, "handle_request", route53_api.handle_request)


def _install_resources() -> None:
    by_type: dict[str, Any] = upstream.provisioners._RESOURCE_HANDLERS
    by_type["AWS::Route53::HostedZone"]["create"] = route53_api.create_zone_resource
    by_type["AWS::Route53::HostedZone"]["update"] = route53_api.update_zone_resource
    # ministack's update makes the replacement of a renamed zone by this name.
    _replace(upstream.provisioners, "_r53_hosted_zone_create", route53_api.create_zone_resource)
    ours = {
        "AWS::SES::EmailIdentity": {
            "create": ses_resource.create_email_identity,
            "update": ses_resource.update_email_identity,
            "delete": ses_resource.delete_email_identity,
            "import": ses_resource.import_email_identity,
        },
        "AWS::Route53::RecordSet": {
            "create": record_resources.create_record_set,
            "update": record_resources.update_record_set,
            "delete": record_resources.delete_record_set,
            "import": record_resources.import_record_set,
        },
        # No import: the registry schema of the group has no handlers, and AWS refuses it.
        "AWS::Route53::RecordSetGroup": {
            "create": record_resources.create_record_set_group,
            "update": record_resources.update_record_set_group,
            "delete": record_resources.delete_record_set_group,
        },
    }
    by_type.update({name: with_looks(name, with_faults(name, handlers)) for name, handlers in ours.items()})
    upstream.provisioners._REPLACING_PROPERTIES.update(
        {
            "AWS::SES::EmailIdentity": ("EmailIdentity",),
            "AWS::Route53::RecordSet": ("HostedZoneId", "HostedZoneName"),
            "AWS::Route53::RecordSetGroup": ("HostedZoneId", "HostedZoneName"),
        }
    )
    upstream.provisioners._replace_resource = functools.partial(
        record_resources.replace_resource, upstream.provisioners._replace_resource
    )
    runs_on_thread = upstream.stacks._runs_on_worker_thread
    # A delayed resource leaves the event loop, so that the API stays answerable meanwhile.
    upstream.stacks._runs_on_worker_thread = lambda resource_type: (
        runs_on_thread(resource_type) or rules.delays_resource(resource_type)
    )


def _install_stack_calls() -> None:
    upstream.handlers._ACTION_HANDLERS.update(
        {
            stack_events.ACTION: stack_events.describe_stack_events,
            stack_templates.ACTION: stack_templates.get_template,
            stack_resources.ACTION: stack_resources.describe_stack_resources,
            rollbacks.ACTION: rollbacks.continue_update_rollback,
            "CreateChangeSet": protected_updates.create_change_set,
            "CreateStack": protected_updates.create_stack,
            "ExecuteChangeSet": protected_updates.execute_change_set,
            "SetStackPolicy": protected_updates.set_stack_policy,
            "UpdateStack": protected_updates.update_stack,
        }
    )
    _replace(upstream.stacks, "_update_keeping_seed", protected_updates.update_resource)
    _replace(upstream.stacks, "_resolve_stack_outputs", protected_updates.resolve_stack_outputs)


def _install_imports() -> None:
    _replace(upstream.changesets, "_import_ref", imports.reference)
    # The last key is what ministack takes as the physical id.
    upstream.changesets._IMPORT_LOOKUPS.update(
        {
            "AWS::SES::EmailIdentity": (("EmailIdentity",), ses_resource.find_identity_import_problem),
            "AWS::Route53::RecordSet": (
                ("HostedZoneId", "Type", "Name"),
                record_resources.find_record_import_problem,
            ),
        }
    )


def _install_drift_readers() -> None:
    # The registry schema of record set groups has no read handler, and AWS does not check their drift.
    upstream.drift._DRIFT_READERS.update(
        {
            "AWS::SES::EmailIdentity": (ses_resource.read_email_identity, frozenset(ses_resource.PROPERTIES)),
            "AWS::Route53::RecordSet": (record_resources.read_record_set, record_resources.RECORD_PROPERTIES),
        }
    )


def _install_intrinsic_functions() -> None:
    # The sibling modules imported the function by name, so each has a copy; the engine's own serves its recursion.
    for module in (upstream.engine, upstream.changesets, upstream.handlers, upstream.stacks):
        _replace(module, "_resolve_refs", stack_outputs.resolve)
