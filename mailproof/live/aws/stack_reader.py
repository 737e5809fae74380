"""Reads who owns a resource (CloudFormation) and whether a region is bootstrapped (SSM)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.live.aws.stacks import UNREADABLE, is_absent, read_stack
from mailproof.model.roles import QUALIFIER
from mailproof.template.contents import RecordKey, record_keys

BOOTSTRAP_PARAMETER = f"/cdk-bootstrap/{QUALIFIER}/version"
IN_FLIGHT_LIMIT = 4

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

    async def records_of(self, stack_name: str) -> AwsAnswer[frozenset[RecordKey]]:
        """Return the record sets that a stack holds, but those whose names only CloudFormation knows."""

        def read() -> frozenset[RecordKey] | Unanswered:
            try:
                template = read_stack(self._client("cloudformation"), stack_name).template
            except ValueError:
                return Unanswered(UNREADABLE, stack_name)
            return frozenset(record_keys(template or {}))

        return await self._ask(read)

    async def _ask(self, call: Callable[[], T | Unanswered]) -> AwsAnswer[T]:
        async with self._places:
            found = await asyncio.get_running_loop().run_in_executor(self._pool, ask_aws, call)
        return NotFound() if is_absent(found) else found

    def _client(self, service: str) -> Any:
        return self._session.client(service, self._region)
