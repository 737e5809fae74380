"""AWS clients of an account: by the credentials given, or by the look-up role of the CDK's bootstrap stack."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws_session import AwsSession, ask_aws, build_config
from mailproof.live.caller import WRONG_ACCOUNT, fetch_account
from mailproof.rollout.assembly import SynthesisedStack

SESSION_NAME = "mailproof"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """
    An account and region, with what opens them.

    Attributes:
        account: Account id.
        region: AWS region.
        roles: Roles to read by if the credentials are another account's, in the order in which they are tried.
    """

    account: str
    region: str
    roles: tuple[str, ...] = ()

    def elsewhere(self, region: str) -> "Place":
        """Return another region of the account: roles are the same everywhere."""
        return Place(self.account, region, self.roles)


def place_of(stack: SynthesisedStack) -> Place:
    """Return where a stack stands. Of its roles the last reads everything; that of the deployment reads no DNS."""
    return Place(stack.account, stack.region, tuple(reversed(stack.roles)))


class Clients:
    """
    Asks AWS in every account that the credentials reach.

    Args:
        session: The credentials to start from.
    """

    def __init__(self, session: AwsSession) -> None:
        self._session = session
        self._sessions: dict[str, Any] = {}
        self._account: str | Unanswered | None = None

    def account(self, region: str) -> str | Unanswered:
        """Return whose credentials these are."""
        if self._account is None:
            self._account = fetch_account(lambda: self._session.client("sts", region))
        return self._account

    def ask(self, service: str, place: Place, call: Callable[[Any], T]) -> AwsAnswer[T]:
        """
        Call a service.

        Args:
            service: As boto3 names it.
            place: Where.
            call: Is given the client.
        """
        session = self._session_of(place)
        if isinstance(session, Unanswered):
            return session
        return ask_aws(lambda: call(session.client(service, place.region)))

    def _session_of(self, place: Place) -> Any:
        if place.account not in self._sessions:
            self._sessions[place.account] = self._open(place)
        return self._sessions[place.account]

    def _open(self, place: Place) -> Any:
        own = self.account(place.region)
        if own == place.account:
            return self._session
        refused: Unanswered | None = own if isinstance(own, Unanswered) else None
        for role in place.roles:
            keys = self._assume(role, place.region)
            if isinstance(keys, dict):
                return _RoleSession(keys)
            refused = refused or keys
        return refused or Unanswered(WRONG_ACCOUNT, f"the credentials belong to {own}, not to {place.account}")

    def _assume(self, role: str, region: str) -> dict[str, str] | Unanswered:
        def assume() -> dict[str, str]:
            sts = self._session.client("sts", region)
            return dict(sts.assume_role(RoleArn=role, RoleSessionName=SESSION_NAME)["Credentials"])

        found = ask_aws(assume)
        return Unanswered("role not found", role) if isinstance(found, NotFound) else found


class _RoleSession:
    """Clients of an assumed role."""

    def __init__(self, keys: dict[str, str]) -> None:
        self._keys = keys
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str) -> Any:
        """Return the client of a service in a region."""
        if (service, region) not in self._clients:
            from boto3.session import Session  # noqa: PLC0415 -- takes 0.4 s

            session = Session(
                aws_access_key_id=self._keys["AccessKeyId"],
                aws_secret_access_key=self._keys["SecretAccessKey"],
                aws_session_token=self._keys["SessionToken"],
                region_name=region,
            )
            self._clients[service, region] = session.client(service, config=build_config())  # type: ignore[call-overload]  # the stubs list each service
        return self._clients[service, region]
