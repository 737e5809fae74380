"""One boto3 client per service and region: adaptive retries, short connect timeout."""

import functools
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.model.errors import InvalidValue

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 15
CONNECTIONS = 8
ATTEMPTS = 8  # SES allows one management request a second: adaptive retries wait for their turn
ABSENCES = frozenset({"NotFoundException", "NoSuchEntity", "NoSuchHostedZone", "ParameterNotFound"})

T = TypeVar("T")


class AwsSession:
    """
    The credentials of one account.

    Args:
        profile: A profile of the AWS configuration; None takes the standard chain.
    """

    def __init__(self, profile: str | None = None) -> None:
        self.profile = profile
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._lock = threading.RLock()
        self._session: Any = None

    def client(self, service: str, region: str | None = None) -> Any:
        """
        Return the one client of a service in a region.

        Raises:
            botocore.exceptions.BotoCoreError: The profile does not exist, or the configuration cannot be read.
        """
        with self._lock:  # a session is not safe among threads, its clients are
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._create(service, region)
            return self._clients[key]

    def open(self) -> Any:
        """
        Return boto3's session; made once.

        Raises:
            botocore.exceptions.BotoCoreError: As `client`.
        """
        with self._lock:
            if self._session is None:
                self._session = self._open()
            return self._session

    def _create(self, service: str, region: str | None) -> Any:
        return self.open().client(service, region_name=region, config=build_config())

    def _open(self) -> Any:
        return _open_session(self.profile)


class AssumedSession(AwsSession):
    """
    A role in another account.

    Args:
        source: May assume it.
        role: Its ARN.
        region: Of the STS endpoint.
    """

    def __init__(self, source: AwsSession, role: str, region: str) -> None:
        super().__init__()
        self._source = source
        self._role = role
        self._region = region

    def _open(self) -> Any:
        sts = self._source.client("sts", self._region)
        given = sts.assume_role(RoleArn=self._role, RoleSessionName="mailproof")["Credentials"]
        return _open_session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )


def _open_session(profile: str | None = None, **credentials: str) -> Any:
    from boto3.session import Session  # noqa: PLC0415 -- takes 0.4 s
    from botocore.session import Session as CoreSession  # noqa: PLC0415 -- takes 0.1 s

    core = CoreSession(profile=profile)
    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
    return Session(botocore_session=core, **credentials)


@functools.cache
def _loader(data_path: str | None) -> Any:
    """Return what reads the service models, and keeps them: a session by itself reads them anew, 0.1 s each."""
    from botocore.loaders import create_loader  # noqa: PLC0415 -- takes 0.1 s

    return create_loader(data_path)


def assume_first(source: AwsSession, roles: Iterable[str], region: str) -> AwsSession | Unanswered | None:
    """
    Assume the first of several roles that may be.

    Args:
        source: May assume them.
        roles: Their ARNs.
        region: Of the STS endpoint.

    Returns:
        Why the first was refused if all were; None if there are none.
    """
    refused: Unanswered | None = None
    for role in roles:
        session = AssumedSession(source, role, region)
        answer = ask_aws(session.open)
        if isinstance(answer, NotFound):
            answer = Unanswered("role not found", role)
        if not isinstance(answer, Unanswered):
            return session
        refused = refused or answer
    return refused


def build_config() -> Any:
    """Build the configuration of a client; what the user's environment says of retries wins."""
    from botocore.config import Config  # noqa: PLC0415 -- takes 0.1 s

    config = Config(connect_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S, max_pool_connections=CONNECTIONS)
    if {"AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS"} & os.environ.keys():
        return config
    return config.merge(Config(retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS}))


def profile_of(profiles: Mapping[str, str], environment: str) -> str | None:
    """
    Return the AWS profile of an environment; None takes the standard credential chain.

    Args:
        profiles: Environment name to profile; the empty name stands for all others.
        environment: Its name.
    """
    return profiles.get(environment) or profiles.get("") or None


def ask_aws(call: Callable[[], T]) -> AwsAnswer[T]:
    """
    Call AWS and sort what comes back: a fact, its absence, or no answer.

    Access denied, throttling that outlasts the retries, a region that is not enabled, no credentials, no connection
    and every 5xx are no answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- takes 0.1 s

    try:
        return call()
    except ClientError as err:
        error = err.response.get("Error", {})
        code = error.get("Code") or f"HTTP {err.response.get('ResponseMetadata', {}).get('HTTPStatusCode')}"
        return NotFound() if code in ABSENCES else Unanswered(code, error.get("Message", ""))
    except InvalidValue as err:
        return Unanswered("a malformed answer", str(err))
    except BotoCoreError as err:
        return Unanswered(type(err).__name__, str(err))
    except OSError as err:
        return Unanswered("no connection", str(err))
