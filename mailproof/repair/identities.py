"""Set identities up again as their stacks hold them."""

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.check.drift import IdentityChanged
from mailproof.check.identity_settings import Outcome
from mailproof.exit_codes import UNANSWERED
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.ses import fetch_identity
from mailproof.live.aws.stored_key import SecretUnread
from mailproof.model.command_lines import rollout_command
from mailproof.model.environment import Environment

REFUSED = "BadRequestException"
MARKED_FOR_DELETION = "InvalidRequestException"  # of GetSecretValue: within the days in which it can be had back
GONE = Unanswered("it is gone meanwhile, run the same command again")
GRANT = (
    "allow secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a KMS key of yours, then run the same "
    "command again"
)
GIVE_UP = (
    "if it is lost, take `key: own` out of the file, publish the records of Easy DKIM, with which SES signs then, by "
    "`{command} --accept-unsigned-gap`, and make another key afterwards (`mailproof dkim new-key`)"
)


@dataclass(slots=True)
class Undone:
    """
    What could not be set.

    Attributes:
        wrong: What is refused for a reason that is known, and that time or a person has to clear.
        unanswered: Own keys whose secrets could not be read.
    """

    wrong: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


def set_up(environment: Environment, drifts: Iterable[IdentityChanged], clients: Clients) -> Undone:
    """
    Set what is set otherwise, one change after the other.

    Args:
        environment: The environment, for what is said.
        drifts: What is set otherwise.
        clients: Ask SES, and Secrets Manager for own keys.

    Returns:
        What is not set although SES answers; the rest is.

    Raises:
        CommandError: SES refused otherwise or could not be asked; what came before is done.
    """
    undone = Undone()
    for drift in drifts:
        target = Target(drift.stack.account, drift.stack.region)
        done = _set_up_one(drift, partial(_ask, clients, target))
        start = f"{drift.subject}: not set to {drift.expected}"
        if done is None:
            say(f"{drift.subject}: {drift.expected}: set")
        elif isinstance(done, SecretUnread):
            is_lost = isinstance(done.why, NotFound) or done.why.reason == MARKED_FOR_DELETION
            whom = undone.wrong if is_lost else undone.unanswered
            whom.append(f"{start}: {done}; {_find_again(environment, done, target) if is_lost else GRANT}")
        elif isinstance(done, Unanswered) and done.reason == REFUSED and drift.setting.refusal:
            undone.wrong.append(f"{start}: {drift.setting.refusal} ({done})")
        else:
            why = GONE if isinstance(done, NotFound) else done
            raise CommandError(f"{drift.subject}: not set: {why}{advise(why, target.region)}", UNANSWERED)
    return undone


def _ask(clients: Clients, target: Target, service: str, call: Callable[[Any], Any]) -> Any:
    return clients.ask(service, target, call)


def _set_up_one(drift: IdentityChanged, ask: Callable[[str, Callable[[Any], Any]], Any]) -> Outcome:
    """Set one thing, unless it is so meanwhile: SES looks for the record of a key anew whenever it is told one."""
    found = ask("sesv2", lambda client: fetch_identity(client, drift.domain))
    if isinstance(found, NotFound | Unanswered):
        return found
    if drift.setting.found(found) == drift.expected:
        return None
    return drift.setting.put(ask, drift.domain, drift.stack.resources[drift.logical_id].get("Properties", {}))


def _find_again(environment: Environment, unread: SecretUnread, target: Target) -> str:
    """Say how a secret comes back that is not there, and what to do without it."""
    words = ["aws", "secretsmanager", "restore-secret", "--secret-id", unread.stored.secret, "--region", target.region]
    back = f"deleted within the last days, `{shlex.join(words)}` has it back, then run the same command again"
    return f"{back}; {GIVE_UP.format(command=rollout_command(environment))}"
