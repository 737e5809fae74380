"""Change sets: what CloudFormation is asked."""

from typing import Any
from unittest.mock import Mock

import pytest

from mailproof.live.aws.change_sets import create_change_set, new_stack
from mailproof.template.cloud_assembly import SynthesisedStack

ROLE = "arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1"
NEW = new_stack(SynthesisedStack("prod/dns", "mailproof-prod-dns", "111122223333", "us-east-1", execution_role=ROLE))


@pytest.mark.parametrize(
    ("stack", "role"), [(NEW, ROLE), ({"StackName": "mailproof-prod-dns", "StackId": "arn", "RoleARN": ROLE}, None)]
)
def test_a_stack_that_an_import_makes_gets_the_role_of_deployments(stack: dict[str, Any], role: str | None) -> None:
    """One that is there keeps its own: to name it would need a permission to pass it."""
    client = Mock()
    create_change_set(client, stack, "name", {"TemplateBody": "{}"}, [{"LogicalResourceId": "Id"}])
    assert client.create_change_set.call_args.kwargs.get("RoleARN") == role
