"""Read the DKIM records of identities from SES, once per identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Protocol

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.clients import fetch_account, refuse_other_account
from mailproof.live.aws.ses import Breaker, fetch_identity
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.live.aws.session import AwsSession, ask_aws, profile_of
from mailproof.model.dns_record import DkimPair
from mailproof.model.environment import Environment


class DkimState(StrEnum):
    """What is known of the DKIM records of an identity."""

    KNOWN = "known"
    """SES names them."""
    OWN_KEY = "own-key"
    """The identity signs with a key of its owner: SES has no record to name."""
    MISSING = "missing"
    """There is no such identity, or Easy DKIM was never set up for it."""
    UNKNOWN = "unknown"
    """SES could not be asked."""


@dataclass(frozen=True, slots=True)
class DkimAnswer:
    """
    What SES says of the DKIM records of one identity.

    Attributes:
        state: Whether they are known.
        pairs: Name and target of each CNAME, without a trailing dot.
        reason: Why they are not known, for a person.
    """

    state: DkimState
    pairs: tuple[DkimPair, ...] = ()
    reason: str = ""


class DkimReader(Protocol):
    """Tells the DKIM records of an identity; called from several threads."""

    def read(self, environment: Environment, domain: str, region: str) -> DkimAnswer:
        """Tell the DKIM records of a domain of an environment in a region."""


class SesDkimReader:
    """
    Asks SES itself: one GetEmailIdentity per identity, one GetCallerIdentity per profile.

    A region in which no call will be answered is asked no further.

    Args:
        profiles: Environment name to AWS profile; the empty name stands for all others.
    """

    def __init__(self, profiles: Mapping[str, str] | None = None) -> None:
        self._profiles = profiles or {}
        self._sessions: dict[str | None, AwsSession] = {}
        self._accounts: dict[str | None, str | Unanswered] = {}
        self._breakers: dict[tuple[str | None, str], Breaker] = {}
        self._lock = Lock()

    def read(self, environment: Environment, domain: str, region: str) -> DkimAnswer:
        """Tell the DKIM records of a domain of an environment in a region."""
        session, account = self._session(environment.name, region)
        if isinstance(account, Unanswered):  # another account's tokens would be published for ours
            return DkimAnswer(DkimState.UNKNOWN, reason=f"STS could not be asked whose the credentials are: {account}")
        refusal = refuse_other_account(account, environment.account)
        return judge_identity(domain, refusal or self._ask(session, domain, region))

    def _ask(self, session: AwsSession, domain: str, region: str) -> AwsAnswer[IdentityFacts]:
        with self._lock:
            breaker = self._breakers.setdefault((session.profile, region), Breaker())
        return breaker.ask(lambda: ask_aws(lambda: fetch_identity(session.client("sesv2", region), domain)))

    def _session(self, environment: str, region: str) -> tuple[AwsSession, str | Unanswered]:
        """Return the session of an environment and the account that its credentials belong to, asked for once."""
        profile = profile_of(self._profiles, environment)
        with self._lock:
            session = self._sessions.setdefault(profile, AwsSession(profile))
            if profile not in self._accounts:
                self._accounts[profile] = fetch_account(lambda: session.client("sts", region))
            return session, self._accounts[profile]


def judge_identity(domain: str, answer: AwsAnswer[IdentityFacts]) -> DkimAnswer:
    """
    Make DKIM records of what SES says of an identity, and nothing where it says nothing.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DkimAttributes.html
    """
    if isinstance(answer, Unanswered):
        return DkimAnswer(DkimState.UNKNOWN, reason=f"SES could not be asked: {answer}")
    if isinstance(answer, NotFound):
        return DkimAnswer(DkimState.MISSING, reason="there is no such identity; deploy the environment first")
    if answer.uses_byodkim:
        selectors = ", ".join(answer.tokens) or "unknown"
        reason = f"it signs with a key of its owner (selector {selectors}), whose TXT record SES does not know"
        return DkimAnswer(DkimState.OWN_KEY, reason=reason)
    if not answer.tokens:
        return DkimAnswer(DkimState.MISSING, reason="Easy DKIM was never set up for the identity; start it")
    return DkimAnswer(DkimState.KNOWN, answer.dkim_pairs(domain))
