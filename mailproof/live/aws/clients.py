"""AWS clients of several accounts: by the credentials given, or by the roles of the CDK's bootstrap stacks."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from types import MappingProxyType
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, Unanswered, unless_absent
from mailproof.live.aws.members import UnreadableAnswer, required
from mailproof.live.aws.remedies import WRONG_ACCOUNT
from mailproof.live.aws.session import AwsSession, ask_aws, assume_first, profile_of
from mailproof.template.cloud_assembly import SynthesisedStack

T = TypeVar("T")


ACCOUNT_ID = re.compile(r"[0-9]{12}")
THREADS = 8
"""At work at once, one per region or stack."""


@dataclass(frozen=True, slots=True)
class Target:
    """
    An account and region, with what opens them.

    Attributes:
        account: Account id.
        region: AWS region.
        roles: Roles that open them, in the order in which they are tried.
    """

    account: str
    region: str
    roles: tuple[str, ...] = ()

    def elsewhere(self, region: str) -> "Target":
        """Return another region of the account: roles are the same everywhere."""
        return replace(self, region=region)


def reading_target(stack: SynthesisedStack) -> Target:
    """Return where a stack is, with its last role, for looking: that for deploying reads neither SES nor Route 53."""
    return Target(stack.account, stack.region, stack.roles[-1:])


def fetch_account(client: Callable[[], Any]) -> str | Unanswered:
    """
    Ask STS which account the credentials belong to.

    Args:
        client: Makes the boto3 client for `sts`.
    """

    def fetch() -> str:
        account = required(client().get_caller_identity(), "Account", str)
        if not ACCOUNT_ID.fullmatch(account):
            raise UnreadableAnswer(f"holds no account id for Account: {account}")
        return account

    return unless_absent(ask_aws(fetch))


def refuse_other_account(found: str | Unanswered, wanted: str) -> Unanswered | None:
    """
    Say why an account is not asked with these credentials: they belong to another, or STS does not say to which.

    Returns:
        None if they belong to it.
    """
    if isinstance(found, Unanswered):
        return found
    if found == wanted:
        return None
    return Unanswered(WRONG_ACCOUNT, f"the credentials belong to {found}, the environment to {wanted}")


class Clients:
    """
    Asks AWS in every account that the credentials reach.

    Args:
        session: The credentials to start from.
        prefer_roles: Try the roles even in the account of the credentials, as the CDK's command line does; else they
            are for other accounts only.
        others: Credentials of other accounts, by account id; there no role is tried.
    """

    def __init__(
        self,
        session: AwsSession,
        *,
        prefer_roles: bool = False,
        others: Mapping[str, AwsSession] = MappingProxyType({}),
    ) -> None:
        self._session = session
        self._others = others
        self._prefer_roles = prefer_roles
        self._sessions: dict[tuple[str, tuple[str, ...]], AwsSession | Unanswered] = {}
        self._account: str | Unanswered | None = None
        self._opening = Lock()

    def account(self, region: str) -> str | Unanswered:
        """Return whose credentials these are."""
        if self._account is None:
            self._account = fetch_account(lambda: self._session.client("sts", region))
        return self._account

    def ask(self, service: str, target: Target, call: Callable[[Any], T]) -> AwsAnswer[T]:
        """
        Call a service.

        Args:
            service: As boto3 names it.
            target: Where.
            call: Is given the client.
        """
        key = (target.account, target.roles)
        with self._opening:  # once, however many threads ask
            if key not in self._sessions:
                other = self._others.get(target.account)
                self._sessions[key] = self._open_other(other, target) if other else self._open(target)
            session = self._sessions[key]
        if isinstance(session, Unanswered):
            return session
        return ask_aws(lambda: call(session.client(service, target.region)))

    def _open(self, target: Target) -> AwsSession | Unanswered:
        own = self.account(target.region)
        if own == target.account and not self._prefer_roles:
            return self._session
        found = assume_first(self._session, target.roles, target.region)
        if isinstance(found, AwsSession):
            return found
        if own == target.account:
            return self._session
        if found:
            return found
        if isinstance(own, Unanswered):
            return own
        return Unanswered(WRONG_ACCOUNT, f"the credentials belong to {own}, not to {target.account}")

    @staticmethod
    def _open_other(session: AwsSession, target: Target) -> AwsSession | Unanswered:
        whose = fetch_account(lambda: session.client("sts", target.region))
        if isinstance(whose, Unanswered) or whose == target.account:
            return whose if isinstance(whose, Unanswered) else session
        return Unanswered(WRONG_ACCOUNT, f"the credentials given for {target.account} belong to {whose}")


def make_clients(profiles: Mapping[str, str], environment: str) -> Clients:
    """
    Make the clients of an environment.

    Args:
        profiles: Environment name or account id to profile; the empty name stands for all other environments.
        environment: Its name.
    """
    others = {account: AwsSession(name) for account, name in profiles.items() if ACCOUNT_ID.fullmatch(account)}
    return Clients(AwsSession(profile_of(profiles, environment)), others=others)
