"""Add CloudFormation resources, given as plain data, to a stack."""

import json
import tempfile
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Token
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

from mailproof.constructs_lib.arguments import one_of
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
RECORDS_ID = "PlainRecords"


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
        typed_records: Whether record sets become constructs. Everything else always does, so that tags and Aspects
            reach it; record sets take no tags, and thousands of them take longer than all the rest.

    Returns:
        The include that holds what became constructs.

    Raises:
        InvalidValue: The removal policy is neither to retain nor to destroy.
    """
    policy = one_of(DELETION_POLICIES, removal_policy, "a removal policy of a sending domain")
    policies = {"UpdateReplacePolicy": REPLACE_POLICIES[policy], "DeletionPolicy": DELETION_POLICIES[policy]}
    whole = {name: {**resource, **policies} for name, resource in resources.items()}
    plain = {} if typed_records else {name: res for name, res in whole.items() if res["Type"] in WITHOUT_TAGS}
    typed = {name: resource for name, resource in whole.items() if name not in plain}
    # The fragment of an include stands before the constructs in it: two of them keep the order.
    first = {name: plain.pop(name) for name in takewhile(plain.__contains__, whole)}
    included = _include(scope, TRANSPARENT_ID, typed, first)
    if plain:
        _include(scope, RECORDS_ID, {}, plain)
    # A transparent id has no logical id of its own, for which CDK asks when another stack refers to what is inside.
    included.override_logical_id("Included")
    return included


def _include(scope: Construct, construct_id: str, typed: Resources, plain: Resources) -> CfnInclude:
    """Include resources, of which the plain ones become no constructs."""
    template: dict[str, object] = {"Resources": typed}
    if plain:
        template[_resources_section()] = Token.as_string(plain, display_hint="Records")
    with tempfile.TemporaryDirectory(prefix="mailproof-") as folder:
        file = Path(folder, "template.json")
        file.write_text(json.dumps(template, separators=(",", ":")), encoding="utf-8")
        return CfnInclude(scope, construct_id, template_file=str(file))


@cache
def _resources_section() -> str:
    """
    Return a token that is the name of the section of resources once the template is written.

    A section whose name CfnInclude does not know passes through it as it is, a token for its content included.
    """
    return Token.as_string(Token.as_any("Resources"), display_hint="Section")


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
