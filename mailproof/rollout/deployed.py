"""Reads what CloudFormation has: the state of a stack and the template in force."""

from collections.abc import Callable
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws_session import AwsSession, ask_aws, build_config
from mailproof.live.caller import fetch_account, refuse_other_account
from mailproof.rollout.assembly import SynthesisedStack
from mailproof.rollout.resources import Template
from mailproof.rollout.template_text import parse_template

SESSION_NAME = "mailproof"
ABSENT = "does not exist"
# Nothing of these lives: the stack was never made, or what a failed creation made is gone again.
EMPTY_STATES = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"})

T = TypeVar("T")


class DeployedStacks:
    """
    Reads stacks as the CDK's command line does: by the roles of their bootstrap stack, else by the credentials alone.

    Args:
        session: The credentials to start from.
    """

    def __init__(self, session: AwsSession) -> None:
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}

    def fetch_state(self, stack: SynthesisedStack) -> str | Unanswered | None:
        """Return the state of a stack; None if it does not exist."""
        found = self._describe(stack)
        return str(found["StackStatus"]) if isinstance(found, dict) else found

    def fetch_template(self, stack: SynthesisedStack) -> Template | Unanswered | None:
        """Return the template in force; None if nothing of the stack lives."""
        state = self.fetch_state(stack)
        if not isinstance(state, str):
            return state
        if state in EMPTY_STATES:
            return None
        found = self._ask(stack, lambda client: client.get_template(StackName=stack.name)["TemplateBody"])
        if isinstance(found, str):
            try:
                found = parse_template(found)
            except ValueError:
                return Unanswered("the deployed template cannot be read", "it was not made by this app")
        return found

    def lift_protection_of_nothing(self, stack: SynthesisedStack) -> bool | Unanswered:
        """
        Lift the termination protection of a stack that could not be made, if nothing of it lives.

        Returns:
            Whether there was one to lift, and it is lifted.
        """
        found = self._describe(stack)
        if not isinstance(found, dict):
            return found or False
        if found["StackStatus"] != "ROLLBACK_COMPLETE" or not found.get("EnableTerminationProtection"):
            return False
        states = self._ask(stack, lambda client: _resource_states(client, stack.name))
        if not isinstance(states, set):
            return states or False
        if states - {"DELETE_COMPLETE"}:
            return False
        off = {"StackName": stack.name, "EnableTerminationProtection": False}
        lifted = self._ask(stack, lambda client: dict(client.update_termination_protection(**off)))
        return lifted if isinstance(lifted, Unanswered) else lifted is not None

    def _describe(self, stack: SynthesisedStack) -> dict[str, Any] | Unanswered | None:
        return self._ask(stack, lambda client: dict(client.describe_stacks(StackName=stack.name)["Stacks"][0]))

    def _ask(self, stack: SynthesisedStack, call: Callable[[Any], T]) -> T | Unanswered | None:
        client = self._client(stack)
        if isinstance(client, Unanswered):
            return client
        found = ask_aws(lambda: call(client))
        if isinstance(found, NotFound):
            return None
        if isinstance(found, Unanswered) and found.reason == "ValidationError" and ABSENT in found.detail:
            return None
        return found

    def _client(self, stack: SynthesisedStack) -> Any:
        key = (stack.account, stack.region)
        if key not in self._clients:
            self._clients[key] = self._connect(stack)
        return self._clients[key]

    def _connect(self, stack: SynthesisedStack) -> Any:
        refused: Unanswered | None = None
        for role in stack.roles:
            keys = self._assume(role, stack.region)
            if isinstance(keys, dict):
                return _client_of(keys, stack.region)
            refused = refused or keys
        own = fetch_account(lambda: self._session.client("sts", stack.region))
        if isinstance(own, Unanswered) or refuse_other_account(own, stack.account):
            return refused or own
        return self._session.client("cloudformation", stack.region)

    def _assume(self, role: str, region: str) -> dict[str, str] | Unanswered:
        def assume() -> dict[str, str]:
            sts = self._session.client("sts", region)
            return dict(sts.assume_role(RoleArn=role, RoleSessionName=SESSION_NAME)["Credentials"])

        found: AwsAnswer[dict[str, str]] = ask_aws(assume)
        return Unanswered("role not found", role) if isinstance(found, NotFound) else found


def _resource_states(client: Any, stack_name: str) -> set[str]:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    return {resource["ResourceStatus"] for page in pages for resource in page["StackResourceSummaries"]}


def _client_of(keys: dict[str, str], region: str) -> Any:
    from boto3.session import Session  # noqa: PLC0415 -- takes 0.4 s

    session = Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=region,
    )
    return session.client("cloudformation", config=build_config())
