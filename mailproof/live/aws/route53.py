"""Reads hosted zones from Route 53."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, Unanswered, unless_absent
from mailproof.live.aws.session import ask_aws
from mailproof.model.names import host_name

IN_FLIGHT_LIMIT = 4

T = TypeVar("T")


class Route53Reader:
    """
    Route 53 of one account.

    Args:
        client: Makes the boto3 client for `route53`, at the first call.
        pool: Runs the calls.
    """

    def __init__(self, client: Callable[[], Any], pool: Executor) -> None:
        self._make_client = client
        self._pool = pool
        self._places = asyncio.Semaphore(IN_FLIGHT_LIMIT)

    async def name_servers(self, zone_id: str) -> tuple[str, ...] | Unanswered:
        """Return the servers that a hosted zone should be delegated to, lower-case, without a trailing dot."""

        def read() -> tuple[str, ...]:
            answer = self._make_client().get_hosted_zone(Id=zone_id)
            servers = answer.get("DelegationSet", {}).get("NameServers", ())
            return tuple(map(host_name, servers))

        return await self._ask(read)

    async def record_sets(self, zone_id: str) -> dict[tuple[str, str], str] | Unanswered:
        """Return the record sets of a hosted zone: name without a trailing dot and type, to what stands there."""

        def read() -> dict[tuple[str, str], str]:
            pages = self._make_client().get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
            sets = (found for page in pages for found in page["ResourceRecordSets"])
            return {(host_name(found["Name"]), found["Type"]): _values(found) for found in sets}

        return await self._ask(read)

    async def record_limit(self, zone_id: str) -> tuple[int, int] | Unanswered:
        """Return how many record sets a hosted zone has, and how many it may have."""

        def read() -> tuple[int, int]:
            answer = self._make_client().get_hosted_zone_limit(HostedZoneId=zone_id, Type="MAX_RRSETS_BY_ZONE")
            return int(answer["Count"]), int(answer["Limit"]["Value"])

        return await self._ask(read)

    async def _ask(self, read: Callable[[], T]) -> T | Unanswered:
        async with self._places:
            found: AwsAnswer[T] = await asyncio.get_running_loop().run_in_executor(self._pool, ask_aws, read)
        return unless_absent(found)


def _values(record_set: dict[str, Any]) -> str:
    values = [record["Value"] for record in record_set.get("ResourceRecords", ())]
    return ", ".join(values) or f"alias of {record_set.get('AliasTarget', {}).get('DNSName', 'something')}"
