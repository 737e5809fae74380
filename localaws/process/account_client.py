"""Clients of boto3, which all accounts share: to make one takes longer than most calls."""

import functools
import threading
from collections.abc import Callable
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.session import Session as CoreSession

SECRET = "localaws"  # noqa: S105 -- nothing is secret here
_BOUND = ("get_paginator", "get_waiter")


class AccountClient:
    """
    A client of one account; does not retry, and may be shared between threads.

    Args:
        endpoint: URL of all AWS services.
        service: As boto3 names it.
        account: Whose credentials it has.
        region: Where it calls.
    """

    def __init__(self, endpoint: str, service: str, account: str, region: str) -> None:
        self._client = _shared_client(endpoint, service, region)
        self._account = account

    def __getattr__(self, name: str) -> Any:
        """Return a member of boto3's client; what calls a service does so with the credentials of the account."""
        if name in _BOUND:
            return functools.partial(getattr(type(self._client), name), self)
        member = getattr(self._client, name)
        return self._with_account(member) if name in self._client.meta.method_to_api_mapping else member

    def _with_account(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            _calling.account = self._account
            return operation(**arguments)

        return call


_calling = threading.local()


class _CallersCredentials(Credentials):
    """Credentials of the account that calls, in this thread, whose access key is its number."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return what a request is signed with."""
        return ReadOnlyCredentials(_calling.account, SECRET, None)


class _Provider:
    """What a session asks for credentials."""

    def load_credentials(self) -> Credentials:
        """Return credentials of whoever calls."""
        return _CallersCredentials("", SECRET)


@functools.cache
def _session() -> Session:
    core = CoreSession()
    core.register_component("credential_provider", _Provider())
    return Session(botocore_session=core)


@functools.cache
def _shared_client(endpoint: str, service: str, region: str) -> Any:
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    # The stubs list each service as a literal.
    return _session().client(service, endpoint_url=endpoint, region_name=region, config=config)  # type: ignore[call-overload]
