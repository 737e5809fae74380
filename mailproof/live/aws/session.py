"""One boto3 client per service and region: patient with throttling, short connect timeout."""

import copy
import functools
import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.members import UNREADABLE_ANSWER, UnreadableAnswer, required
from mailproof.live.aws.pace import Pace
from mailproof.model.errors import InvalidValue

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 15
CONNECTIONS = 8
ATTEMPTS = 8
PACED = "sesv2"  # allows one management request a second
FIRST_FAILURE = 300  # HTTP status
SHOWN_LIMIT = 300  # characters of a message
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, RecursionError)  # while an answer is read
ABSENCES = frozenset(
    {"NotFoundException", "NoSuchEntity", "NoSuchHostedZone", "ParameterNotFound", "ResourceNotFoundException"}
)

T = TypeVar("T")


class AwsSession:
    """
    The credentials of one account.

    Args:
        profile: A profile of the AWS configuration; None takes the standard chain.
        attempts: How often a call is tried, unless the environment of the user says so.
    """

    def __init__(self, profile: str | None = None, *, attempts: int = ATTEMPTS) -> None:
        self.profile = profile
        self._attempts = attempts
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
                self._session.events.register("before-parse", refuse_foreign_answer)
            return self._session

    def _create(self, service: str, region: str | None) -> Any:
        client = self.open().client(service, region_name=region, config=build_config(service, self._attempts))
        if service == PACED and not _has_own_retries():
            Pace().attach(client)
        return client

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
        answer = sts.assume_role(RoleArn=self._role, RoleSessionName="mailproof")
        return _open_session(
            aws_access_key_id=required(answer, "Credentials.AccessKeyId", str),
            aws_secret_access_key=required(answer, "Credentials.SecretAccessKey", str),
            aws_session_token=required(answer, "Credentials.SessionToken", str),
        )


def _open_session(profile: str | None = None, **credentials: str) -> Any:
    from boto3.session import Session  # noqa: PLC0415 -- takes 0.4 s
    from botocore.session import Session as CoreSession  # noqa: PLC0415 -- takes 0.1 s

    core = CoreSession(profile=profile, event_hooks=copy.copy(_handlers()), include_builtin_handlers=False)
    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
    return Session(botocore_session=core, **credentials)


@functools.cache
def _handlers() -> Any:
    """Return botocore's own event handlers: a session by itself registers them anew, most of what it takes to open."""
    from botocore.hooks import HierarchicalEmitter  # noqa: PLC0415 -- takes 0.1 s
    from botocore.session import Session as CoreSession  # noqa: PLC0415 -- as above

    handlers = HierarchicalEmitter()
    CoreSession(event_hooks=handlers)
    return handlers


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


def _has_own_retries() -> bool:
    """Tell whether the user's environment says how often to try."""
    return bool({"AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS"} & os.environ.keys())


def build_config(service: str, attempts: int = ATTEMPTS) -> Any:
    """Build the configuration of a client; what the user's environment says of retries wins."""
    from botocore.config import Config  # noqa: PLC0415 -- takes 0.1 s

    config = Config(connect_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S, max_pool_connections=CONNECTIONS)
    if _has_own_retries():
        return config
    retries: Any = {"mode": "standard" if service == PACED else "adaptive", "total_max_attempts": attempts}
    return config.merge(Config(retries=retries))


def profile_of(profiles: Mapping[str, str], environment: str) -> str | None:
    """
    Return the AWS profile of an environment; None takes the standard credential chain.

    Args:
        profiles: Environment name to profile; the empty name stands for all others.
        environment: Its name.
    """
    return profiles.get(environment) or profiles.get("") or None


def refuse_foreign_answer(operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
    """
    Refuse a success that is not a JSON object where AWS writes JSON: botocore takes any text for an empty object.

    Args:
        operation_model: botocore's, of the operation called.
        response_dict: Status, headers and body of the answer.

    Raises:
        UnreadableAnswer: Something else than the service has answered.
    """
    body = response_dict["body"]
    is_json = "json" in operation_model.service_model.metadata.get("protocol", "")
    if not is_json or not isinstance(body, bytes) or not body or response_dict["status_code"] >= FIRST_FAILURE:
        return
    try:
        is_object = isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise UnreadableAnswer(f"is not a JSON object: {_brief(body.decode(errors='replace'))}")


def ask_aws(call: Callable[[], T]) -> AwsAnswer[T]:
    """
    Call AWS and sort what comes back: a fact, its absence, or no answer.

    Access denied, throttling that outlasts the retries, a region that is not enabled, no credentials, no connection
    and every 5xx are no answer. Nor is what cannot be read: empty, cut, of a proxy, or without a member that has to be
    in it.

    Args:
        call: Calls AWS and reads the answer; whatever fails while it does so is taken for the answer's fault.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- takes 0.1 s
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 -- as above

    try:
        return call()
    except ClientError as err:
        return _refusal(err.response)
    except UnreadableAnswer as err:
        return Unanswered(err.reason, _brief(err.detail))
    except (BotoCoreError, OSError) as err:
        reason = "no connection" if isinstance(err, OSError) else type(err).__name__
        return Unanswered(reason, _brief(str(err)))
    except (ResponseParserError, InvalidValue, *UNREADABLE) as err:
        return Unanswered(UNREADABLE_ANSWER, _brief(f"{type(err).__name__}: {err}"))


def _refusal(response: Mapping[str, Any]) -> NotFound | Unanswered:
    """Sort an error that AWS, or whoever answers for it, has sent."""
    error = response.get("Error") or {}
    code = str(error.get("Code") or response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    reason = f"HTTP {code}" if code.isdecimal() else code
    return NotFound() if code in ABSENCES else Unanswered(reason, _brief(str(error.get("Message") or "")))


def _brief(text: str) -> str:
    """Write the beginning of a text, such as a page of a proxy, on one line."""
    line = " ".join(text.split()) if "\n" in text else text
    return line if len(line) <= SHOWN_LIMIT else f"{line[:SHOWN_LIMIT]} …"
