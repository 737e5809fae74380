"""Reads who owns a resource (CloudFormation) and whether a region is bootstrapped (SSM)."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws_session import AwsSession, ask_aws

BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"  # of the qualifier that the CDK takes unless told otherwise
IN_FLIGHT_LIMIT = 4
NO_SUCH_STACK = "ValidationError"  # CloudFormation's answer to a stack or resource that it does not know

T = TypeVar("T")


class StackReader:
    """
    CloudFormation and SSM in one region of one account.

    Args:
        session: Its credentials.
        region: AWS region.
        pool: Runs the calls.
    """

    def __init__(self, session: AwsSession, region: str, pool: Executor) -> None:
        self._session = session
        self._region = region
        self._pool = pool
        self._places = asyncio.Semaphore(IN_FLIGHT_LIMIT)

    async def bootstrap_version(self) -> AwsAnswer[int]:
        """Return the version of the CDK's bootstrap stack."""
        return await self._ask(
            lambda: int(self._client("ssm").get_parameter(Name=BOOTSTRAP_PARAMETER)["Parameter"]["Value"])
        )

    async def owner_of(self, physical_id: str) -> AwsAnswer[str]:
        """Return the name of the stack that a resource belongs to."""

        def read() -> str:
            found = self._client("cloudformation").describe_stack_resources(PhysicalResourceId=physical_id)
            return str(found["StackResources"][0]["StackName"])

        return await self._ask(read)

    async def template(self, stack_name: str) -> AwsAnswer[str]:
        """Return the text of a deployed template."""

        def read() -> str:
            body = self._client("cloudformation").get_template(StackName=stack_name)["TemplateBody"]
            return body if isinstance(body, str) else json.dumps(body)

        return await self._ask(read)

    async def _ask(self, call: Callable[[], T]) -> AwsAnswer[T]:
        async with self._places:
            found = await asyncio.get_running_loop().run_in_executor(self._pool, ask_aws, call)
        is_unknown = isinstance(found, Unanswered) and found.reason == NO_SUCH_STACK
        return NotFound() if is_unknown else found

    def _client(self, service: str) -> Any:
        return self._session.client(service, self._region)
