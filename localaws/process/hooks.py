"""Replace functions of ministack by those of localaws, after a check that all of them are there."""

import functools
import importlib.metadata
from collections.abc import Iterator
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

# Every name of ministack that localaws reads, wraps or replaces, by the module of `mailproof.localaws.upstream`.
USED_NAMES: dict[str, tuple[str, ...]] = {
    "application": ("_MAIN_LOOP", "_get_reset_lock", "_reset_all_state", "app"),
    "changesets": ("_IMPORT_LOOKUPS", "_find_change_set", "_import_ref", "_resolve_refs"),
    "cloudformation": ("_stacks",),
    "drift": ("_DRIFT_READERS",),
    "engine": ("_resolve_refs",),
    "handlers": ("_ACTION_HANDLERS", "_error", "_esc", "_p", "_resolve_refs", "_resolve_stack"),
    "helpers": ("_resolve_document",),
    "iam": ("_roles",),
    "provisioners": (
        "_REPLACING_PROPERTIES",
        "_RESOURCE_HANDLERS",
        "_delete_predecessor",
        "_r53_hosted_zone_create",
        "_r53_hosted_zone_update",
        "_r53_record_set_build_rs",
        "_replace_resource",
        "_replacing_change",
    ),
    "responses": (
        "_account_from_sts_session",
        "get_account_id",
        "get_region",
        "json_response",
        "new_uuid",
        "request_scope",
    ),
    "route53": (
        "_build_change_info_el",
        "_caller_refs",
        "_change_resource_record_sets",
        "_create_hosted_zone",
        "_error_response",
        "_get_hosted_zone",
        "_list_resource_record_sets",
        "_lock",
        "_new_change",
        "_parse_body",
        "_parse_record_set",
        "_records",
        "_rs_values",
        "_xml_response",
        "_zones",
        "handle_request",
    ),
    "ses": ("_notification_detail", "_render_template", "_sent_emails_list", "handle_request"),
    "ses_v2": (
        "_config_set_view",
        "_config_sets",
        "_identities",
        "_json_err",
        "_resolve_send_template",
        "_resource_arn",
        "_ses_tags",
        "_tenant_delete_block",
        "handle_request",
    ),
    "sns": ("publish_internal",),
    "stacks": (
        "_add_event",
        "_resolve_refs",
        "_resolve_stack_outputs",
        "_runs_on_worker_thread",
        "_update_keeping_seed",
    ),
}


def check_upstream() -> None:
    """
    Check that ministack is the version whose private names are known, and has them all.

    Raises:
        StartError: It is another version, or lacks a name.
    """
    installed = importlib.metadata.version("ministack")
    if installed != VERSION:
        raise StartError(f"localaws needs ministack {VERSION}, got {installed}; run: pip install ministack=={VERSION}")
    missing = sorted(find_missing_names())
    if missing:
        raise StartError(f"ministack {installed} lacks what localaws hooks into: {', '.join(missing)}")


def find_missing_names() -> Iterator[str]:
    """Yield the used names that ministack does not have."""
    for module_name, names in USED_NAMES.items():
        module: Any = getattr(upstream, module_name)
        yield from (f"{module.__name__}.{name}" for name in names if not hasattr(module, name))


def install() -> None:
    """Put the functions of localaws in the place of ministack's; called once, after `check_upstream`."""
    _install_route53()
    _install_resources()
    _install_imports()
    _install_drift_readers()
    _install_intrinsic_functions()
    _install_stack_calls()
    upstream.ses.handle_request = query_api.handle_request
    upstream.ses_v2.handle_request = ses_api.handle_request
    put_built_in_zone(SesHostZone())


def _install_route53() -> None:
    upstream.route53._change_resource_record_sets = route53_api.change_record_sets
    upstream.route53._create_hosted_zone = route53_api.create_hosted_zone
    upstream.route53._get_hosted_zone = route53_api.get_hosted_zone
    upstream.route53._list_resource_record_sets = route53_api.list_record_sets
    upstream.route53.handle_request = route53_api.handle_request


def _install_resources() -> None:
    by_type: dict[str, Any] = upstream.provisioners._RESOURCE_HANDLERS
    by_type["AWS::Route53::HostedZone"]["create"] = route53_api.create_zone_resource
    by_type["AWS::Route53::HostedZone"]["update"] = route53_api.update_zone_resource
    # ministack's update makes the replacement of a renamed zone by this name.
    upstream.provisioners._r53_hosted_zone_create = route53_api.create_zone_resource
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
    upstream.stacks._update_keeping_seed = protected_updates.update_resource
    upstream.stacks._resolve_stack_outputs = protected_updates.resolve_stack_outputs


def _install_imports() -> None:
    upstream.changesets._import_ref = imports.reference
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
        module._resolve_refs = stack_outputs.resolve
