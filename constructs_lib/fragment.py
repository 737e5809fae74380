"""Add CloudFormation resources, given as plain data, to a stack."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

from constructs_lib.arguments import one_of
from mailproof.model.dns_record import DkimPair
from mailproof.model.resource_types import RECORD_SET, RECORD_SET_GROUP
from mailproof.model.resources import Resources, identity_id

if TYPE_CHECKING:
    from aws_cdk.aws_ses import CfnEmailIdentity

# Not "Retain": that keeps even what a failed deployment has only just made, and the next attempt finds it in its way.
DELETION_POLICIES = {RemovalPolicy.RETAIN: "RetainExceptOnCreate", RemovalPolicy.DESTROY: "Delete"}
REPLACE_POLICIES = {RemovalPolicy.RETAIN: "Retain", RemovalPolicy.DESTROY: "Delete"}
WITHOUT_TAGS = (RECORD_SET, RECORD_SET_GROUP)
# A construct id that CDK leaves out of logical ids, so that those of a fragment directly in a stack stay as given.
TRANSPARENT_ID = "Default"


def include_resources(
    scope: Construct, resources: Resources, *, removal_policy: RemovalPolicy, typed_records: bool = True
) -> CfnInclude:
    """
    Add resources to the stack of a scope, under the logical ids given.

    One call into the CDK whatever their number: a construct for each would cost a round trip to Node for each.

    Args:
        scope: Where they go; a stack itself if ``typed_records`` is off.
        resources: Logical id to type and properties; strings may hold CDK tokens.
        removal_policy: What becomes of them when they leave the stack.
        typed_records: Whether record sets become constructs of their own type. Everything else always does, so that
            tags and Aspects reach it; record sets take no tags, and thousands of them take longer than all the rest.

    Raises:
        InvalidValue: The removal policy is neither to retain nor to destroy.
    """
    policy = one_of(DELETION_POLICIES, removal_policy, "a removal policy of a sending domain")
    policies = {"DeletionPolicy": DELETION_POLICIES[policy], "UpdateReplacePolicy": REPLACE_POLICIES[policy]}
    template = {"Resources": {name: {**resource, **policies} for name, resource in resources.items()}}
    plain = [] if typed_records else [name for name, resource in resources.items() if resource["Type"] in WITHOUT_TAGS]
    with tempfile.TemporaryDirectory(prefix="mailproof-") as folder:
        file = Path(folder, "template.json")
        file.write_text(json.dumps(template, separators=(",", ":")), encoding="utf-8")
        included = CfnInclude(scope, TRANSPARENT_ID, template_file=str(file), dehydrated_resources=plain)
    # A transparent id has no logical id of its own, for which CDK asks when another stack refers to what is inside.
    included.override_logical_id("Included")
    return included


def included_identity(included: CfnInclude, domain: str) -> "CfnEmailIdentity":
    """Return the identity of a domain that `include_resources` added."""
    from aws_cdk.aws_ses import CfnEmailIdentity  # noqa: PLC0415 -- 0.1 s that most apps can do without

    resource = included.get_resource(identity_id(domain))
    if not isinstance(resource, CfnEmailIdentity):  # cannot be: this tells the type checker
        raise TypeError(type(resource))
    return resource


def dkim_tokens(identity: "CfnEmailIdentity") -> tuple[DkimPair, ...]:
    """Return names and targets of a domain's DKIM records as CDK tokens, which other stacks can use as well."""
    return (
        (identity.attr_dkim_dns_token_name1, identity.attr_dkim_dns_token_value1),
        (identity.attr_dkim_dns_token_name2, identity.attr_dkim_dns_token_value2),
        (identity.attr_dkim_dns_token_name3, identity.attr_dkim_dns_token_value3),
    )
