"""Commands that make and exchange keys break off anywhere, and go on: no message is without a published key."""

import base64
import functools
import json
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from mailproof.change.errors import CommandError
from mailproof.model.own_key import OwnKey
from mailproof.output_file import write_file
from mailproof.own_keys.key_book import KeyBook, read_key_book
from mailproof.own_keys.make_key import generate_key
from tests.model.keys import PUBLIC_KEY
from tests.own_keys.breaking import Answer, KilledError, answers_changed, breaking_after
from tests.own_keys.sender import REGIONS, Sender

WRITER = "mailproof.own_keys.key_book.write_file"
READS = (1, 4, 99)
"""Calls of AWS after which a step is killed that only reads."""
STEPS = (
    "at the resolver: absent",
    "in us-east-1 holds the key s1",
    "in eu-west-1 holds the key s1",
    "too early before",
    "at the resolver: another text",
    "no exchange is under way",
)
"""What the next step waits for after each step, as long as that is not deployed."""


def kept(sender: Sender) -> str:
    """Return the text of the key file; empty without one."""
    path = sender.folder / "prod.keys.json"
    return path.read_text() if path.exists() else ""


def killed_everywhere(sender: Sender, command: str, *options: str, after: Iterable[int]) -> None:
    """Run a command that is killed after so many calls of AWS, or else once it has written the file."""

    def write_and_end(path: Path, text: str) -> None:
        write_file(path, text)
        raise KilledError

    before = kept(sender)
    for number in after:
        with patch(WRITER, write_and_end), breaking_after(number), pytest.raises(KilledError):
            sender.dkim(command, "--yes", *options)
        if kept(sender) != before:
            return
    raise AssertionError("it never came to writing")


def deploy_watched(sender: Sender) -> None:
    """Deploy stack after stack; after each, every region signs with a key that DNS has."""
    sender.deploy(after=lambda: signed(sender))


def signed(sender: Sender) -> list[str]:
    """Send from every region, and return the selectors: the emulated SES signs only with a key that DNS has."""
    found = [sender.signature(region) for region in REGIONS]
    assert all(found)
    return [selector.partition("@")[0] for selector in found]


def test_an_exchange_goes_on_wherever_it_was_killed(sender: Sender) -> None:
    """
    New record, region after region, old record out of use, revoked, removed; each only once it is deployed.

    Killed after each call of AWS and once the file was written; every message is signed all along, also while
    deployments have come half-way.
    """
    killed_everywhere(sender, "new-key", "--selector", "s1", after=count(1))
    sender.deploy()
    seen = [signed(sender)]
    for step, waits in enumerate(STEPS):
        killed_everywhere(sender, "rotate", "--begin", after=READS if step else count(1))
        before, held = kept(sender), sender.dkim("rotate", "--yes")
        assert (held.exit_code, kept(sender)) == (0 if waits == STEPS[-1] else 1, before), held.output
        assert waits in held.output
        deploy_watched(sender)
        seen.append(signed(sender))
        sender.age(8)
    [left] = sender.keys
    new = left["selector"]
    assert seen == [["s1", "s1"], ["s1", "s1"], [new, "s1"], *[[new, new]] * 4]
    assert sender.world.values(f"s1._domainkey.{sender.domain}", "TXT") == ['"v=DKIM1; k=rsa; p="']  # retained
    assert private_half_of(sender, left) == left["public_key"]


def private_half_of(sender: Sender, key: dict[str, Any]) -> str:
    """Return the public half of the private one in the secret."""
    client = sender.world.client("secretsmanager", REGIONS[1])
    answer = client.get_secret_value(SecretId=f"mailproof/dkim/{sender.domain}", VersionId=key["version"])
    private = load_der_private_key(base64.b64decode(json.loads(answer["SecretString"])["private_key"]), None)
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private.public_key().public_bytes(*form)).decode()


@pytest.mark.parametrize("command", ["new-key", "rotate"])
def test_ctrl_c_ends_with_the_way_on(sender: Sender, command: str) -> None:
    """Nothing is half: the same again goes on."""
    if command == "rotate":
        sender.made()
    before = kept(sender)
    with breaking_after(3, KeyboardInterrupt):
        result = sender.dkim(command, "--yes", *(("--begin",) if command == "rotate" else ()))
    assert (result.exit_code, kept(sender)) == (130, before)
    assert "to continue, run the same command again: " in result.output


@pytest.fixture
def one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same key whenever one is made, and no second attempt: both take long, and neither is what counts here."""
    made = functools.cache(generate_key)
    monkeypatch.setattr("mailproof.own_keys.make_key.generate_key", made)
    monkeypatch.setattr("mailproof.own_keys.make_key.POLL_S", 0)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


REFUSALS = (
    ("CreateSecret", "AccessDeniedException", "not authorized to perform: secretsmanager:CreateSecret"),
    ("CreateSecret", "AccessDeniedException", "Access to KMS is not allowed"),
    ("CreateSecret", "EncryptionFailure", "the KMS key is disabled"),
    ("CreateSecret", "InvalidRequestException", "a secret with this name is already scheduled for deletion"),
    ("CreateSecret", "ThrottlingException", "Rate exceeded"),
    ("ReplicateSecretToRegions", "AccessDeniedException", "Access to KMS is not allowed"),
    ("DescribeSecret", "InternalServiceError", "a fault"),
    ("PutSecretValue", "AccessDeniedException", "Access to KMS is not allowed"),  # there is a secret by now
    ("GetCallerIdentity", "ExpiredToken", "the token has expired"),
)


@pytest.mark.usefixtures("one_key")
def test_a_refusal_writes_nothing_and_the_same_again_goes_on(sender: Sender) -> None:
    """What AWS said is told, with exit code 3."""
    for operation, code, message in REFUSALS:
        sender.world.aws.add_fault(operation=operation, code=code, message=message)
        result = sender.dkim("new-key", "--yes", "--selector", "s1")
        assert (result.exit_code, kept(sender)) == (3, ""), result.output
        assert f"{code} ({message}" in result.output
        assert "no key was taken into use" in result.output
        sender.world.aws.clear_faults()
    sender.made()
    assert private_half_of(sender, sender.keys[0]) == sender.keys[0]["public_key"]


def test_throttling_is_waited_for(sender: Sender) -> None:
    """As long as it ends."""
    sender.world.aws.add_fault(operation="CreateSecret", code="ThrottlingException", times=1)
    spaced = patch("botocore.retries.bucket.TokenBucket.acquire")  # by seconds, which are not slept
    with patch("time.sleep") as waited, spaced:
        assert sender.dkim("new-key", "--yes").exit_code == 0
    assert waited.called


def without(operation: str, *members: str) -> Answer:
    """Take members out of what an operation answers."""

    def change(answered: str, answer: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in answer.items() if answered != operation or key not in members}

    return change


def with_copies(status: str) -> Answer:
    """Have all copies of a secret in one state."""

    def change(answered: str, answer: dict[str, Any]) -> dict[str, Any]:
        copies = [{"Region": REGIONS[1], "Status": status, "StatusMessage": "the name is taken there"}]
        return {**answer, "ReplicationStatus": copies} if answered == "DescribeSecret" else answer

    return change


HALF_ANSWERS = (
    (without("CreateSecret", "ARN"), 3, "lacks ARN"),
    (without("PutSecretValue", "VersionId"), 3, "lacks VersionId"),
    (lambda name, answer: {**answer, "ARN": "arn:odd"} if name == "PutSecretValue" else answer, 3, "arn:odd"),
    (with_copies("Failed"), 1, "eu-west-1 (Failed: the name is taken there)"),
    (with_copies("InProgress"), 1, "eu-west-1 (InProgress: the name is taken there)"),
    (without("GetCallerIdentity", "Account"), 3, "lacks Account"),
)


@pytest.mark.usefixtures("one_key")
def test_half_an_answer_makes_no_key(sender: Sender) -> None:
    """What it lacks is told, and nothing is written."""
    for change, exit_code, words in HALF_ANSWERS:
        with answers_changed(change):
            result = sender.dkim("new-key", "--yes")
        assert (result.exit_code, kept(sender)) == (exit_code, ""), result.output
        assert words in result.output
        assert "no key was taken into use" in result.output


UNANSWERED = (
    ("DescribeStacks", "Throttling"),
    ("GetTemplate", "AccessDenied"),
    ("GetEmailIdentity", "AccessDeniedException"),
    ("GetEmailIdentity", "TooManyRequestsException"),
)


def tokens(*names: str) -> Answer:
    """Have SES name others."""

    def change(name: str, answer: dict[str, Any]) -> dict[str, Any]:
        if name != "GetEmailIdentity":
            return answer
        return {**answer, "DkimAttributes": {**answer["DkimAttributes"], "Tokens": list(names)}}

    return change


def at_work(_: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Have every stack be updated."""
    stacks = [{**stack, "StackStatus": "UPDATE_IN_PROGRESS"} for stack in answer.get("Stacks", [])]
    return {**answer, "Stacks": stacks} if stacks else answer


@pytest.mark.usefixtures("one_key")
def test_what_is_not_proved_holds_an_exchange(sender: Sender) -> None:
    """What AWS does not say, a stack at work, and another selector where SES names one; then the same again goes on."""
    sender.made()
    first = kept(sender)
    for code, message in (("AccessDeniedException", "Access to KMS is not allowed"), ("ThrottlingException", "Rate")):
        sender.world.aws.add_fault(operation="PutSecretValue", code=code, message=message)
        refused = sender.dkim("rotate", "--begin", "--yes")
        assert (refused.exit_code, kept(sender)) == (3, first), refused.output
        assert f"{code} ({message}" in refused.output
        sender.world.aws.clear_faults()
    for options in (["--begin"], []):
        assert sender.dkim("rotate", "--yes", *options).exit_code == 0
        sender.deploy()
    new, before = sender.keys[0]["selector"], kept(sender)
    for operation, code in UNANSWERED:
        sender.world.aws.add_fault(operation=operation, code=code)
        held = sender.dkim("rotate", "--yes")
        assert (held.exit_code, kept(sender)) == (3, before), held.output
        assert code in held.output
        sender.world.aws.clear_faults()
    answers: list[tuple[Answer, int, str]] = [
        (without("GetEmailIdentity", "DkimAttributes"), 3, "lacks DkimAttributes"),
        (without("GetTemplate", "TemplateBody"), 3, "lacks TemplateBody"),
        (at_work, 1, "is in UPDATE_IN_PROGRESS: what it holds may be undone"),
        (tokens("s1"), 1, "SUCCESS, selector s1"),
        (tokens(), 0, "SUCCESS, and names no selector"),
        (tokens("a", "b", "c"), 0, "SUCCESS, and names no selector"),
        (tokens(new), 0, f"SUCCESS, selector {new}"),
    ]
    for change, exit_code, words in answers:
        with answers_changed(change):
            shown = sender.dkim("rotate", "--yes" if exit_code else "--plan")
        assert (shown.exit_code, kept(sender)) == (exit_code, before), shown.output
        assert words in shown.output


def test_two_at_once_lose_nothing(sender: Sender) -> None:
    """Keys of other domains stay; of one domain the second writer is refused."""
    key = OwnKey("s1", PUBLIC_KEY)
    books = [(f"d{number}.example", read_key_book(sender.environment_without_keys)) for number in range(8)]
    threads = [Thread(target=book.save, args=(domain, [key])) for domain, book in books]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now: KeyBook = read_key_book(sender.environment_without_keys)
    assert sorted(now.keys) == sorted(domain for domain, _ in books)
    with pytest.raises(CommandError, match="have changed since they were read"):
        books[0][1].save("d0.example", [OwnKey("s2", PUBLIC_KEY)])
