"""
Secrets Manager, which keeps the private halves of own DKIM keys.

A private half is held by a `PrivateKey` alone, which shows it nowhere: it goes from memory into a call of AWS, and
never into a file, an argument, a log or a message.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, NoReturn, TypeVar

from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws.members import UnreadableAnswer, required
from mailproof.live.aws.session import ask_aws
from mailproof.model.own_key import PRIVATE_KEY, SECRET, VERSION, StoredKey

HIDDEN = "…"
EXISTS = "ResourceExistsException"
IN_SYNC = "InSync"

T = TypeVar("T")


class PrivateKey:
    """
    The private half of a key: base64 of its DER form.

    Args:
        body: It.
    """

    __slots__ = ("_body",)

    def __init__(self, body: str) -> None:
        self._body = body

    def __repr__(self) -> str:
        """Show nothing of it."""
        return f"PrivateKey({HIDDEN})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be written anywhere."""
        raise TypeError("a private key is not written")

    def reveal(self) -> str:
        """Return it, to be given to AWS."""
        return self._body

    def ask(self, call: Callable[[], T]) -> AwsAnswer[T]:
        """Call AWS with it, and take it out of what is answered: an error may repeat what it was sent."""
        with _without_debug_logs():
            answer = ask_aws(call)
        if not isinstance(answer, Unanswered):
            return answer
        return replace(answer, detail=answer.detail.replace(self._body, HIDDEN))


@contextmanager
def _without_debug_logs() -> Iterator[None]:
    """Keep boto3 from logging what it sends and gets: whoever has its log at DEBUG would have the key in it."""
    before = logging.root.manager.disable
    logging.disable(max(before, logging.DEBUG))
    try:
        yield
    finally:
        logging.disable(before)


def store_key(
    client: Any, name: str, content: Mapping[str, str], private: PrivateKey, tags: Mapping[str, str]
) -> AwsAnswer[StoredKey]:
    """
    Put a key into the secret of its domain: the first makes it, each further one is a version of it.

    Args:
        client: boto3's for `secretsmanager`, in the region of the secret.
        name: Of the secret.
        content: What is kept beside the private half.
        private: The private half.
        tags: Of a secret that is made.
    """
    text = json.dumps({**content, PRIVATE_KEY: private.reveal()})
    about = {"Description": "DKIM keys of a sending domain, made by mailproof"}
    labels = [{"Key": key, "Value": value} for key, value in tags.items()]

    def create() -> StoredKey:
        return _stored(client.create_secret(Name=name, SecretString=text, Tags=labels, **about))

    made = private.ask(create)
    if isinstance(made, Unanswered) and made.reason == EXISTS:
        return private.ask(lambda: _stored(client.put_secret_value(SecretId=name, SecretString=text)))
    return made


def _stored(answer: Mapping[str, Any]) -> StoredKey:
    stored = StoredKey(required(answer, "ARN", str), required(answer, "VersionId", str))
    if not (SECRET.fullmatch(stored.secret) and VERSION.fullmatch(stored.version)):
        raise UnreadableAnswer(f"holds no ARN and version of a secret: {stored.secret}, {stored.version}")
    return stored


def replicate(client: Any, secret: str, regions: Sequence[str]) -> None:
    """
    Have a secret in more regions; those that have it already are left alone.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
    """
    there = {secret.split(":")[3], *fetch_replicas(client, secret)}
    if missing := [region for region in regions if region not in there]:
        client.replicate_secret_to_regions(SecretId=secret, AddReplicaRegions=[{"Region": each} for each in missing])


class ReplicaState(NamedTuple):
    """
    How a copy of a secret is.

    Attributes:
        status: ``InSync``, ``InProgress`` or ``Failed``.
        message: What Secrets Manager says about it.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicationStatusType.html
    """

    status: str
    message: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether it does not come by itself any more."""
        return self.status == "Failed"

    def __str__(self) -> str:
        """Show both."""
        return f"{self.status}: {self.message}" if self.message else self.status


def fetch_replicas(client: Any, secret: str) -> dict[str, ReplicaState]:
    """Return the regions that a secret is replicated to, with their states."""
    found = client.describe_secret(SecretId=secret).get("ReplicationStatus") or []
    return {required(one, "Region", str): _replica_state(one) for one in found}


def _replica_state(answer: Mapping[str, Any]) -> ReplicaState:
    return ReplicaState(required(answer, "Status", str), str(answer.get("StatusMessage") or ""))


def has_version(client: Any, secret: str, version: str) -> bool:
    """
    Tell whether a secret has a version; reads no value.

    Args:
        client: boto3's for `secretsmanager`, in the region of the secret.
        secret: Its ARN there.
        version: Id of the version.
    """
    token: dict[str, str] = {}
    while True:  # boto3 has no paginator for them
        page = client.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True, **token)
        if any(found.get("VersionId") == version for found in required(page, "Versions", list)):
            return True
        before, token = token, {"NextToken": page.get("NextToken")}
        if not token["NextToken"]:
            return False
        if token == before:
            raise UnreadableAnswer("holds the same NextToken again")


def fetch_private_key(client: Any, stored: StoredKey) -> PrivateKey:
    """
    Read a private half.

    Args:
        client: boto3's for `secretsmanager`, in the region of the secret or of the replica that is named.
        stored: Where it is kept.
    """
    with _without_debug_logs():
        answer = client.get_secret_value(SecretId=stored.secret, VersionId=stored.version)
    try:
        return PrivateKey(str(json.loads(required(answer, "SecretString", str))[PRIVATE_KEY]))
    except (ValueError, LookupError, TypeError):
        raise UnreadableAnswer(f"holds no {PRIVATE_KEY} in the secret {stored.secret}") from None
