"""Restart verification that SES gave up on, once the records are right. Each identity once per run."""

from collections.abc import Callable, Sequence
from typing import Any

from mailproof.check.finding import Finding
from mailproof.live.answer import Unanswered, unless_absent
from mailproof.live.aws.ses import fetch_identity, restart_dkim, restart_mail_from
from mailproof.live.aws.session import ask_aws
from mailproof.live.aws.stored_key import SecretUnread, sign_with_stored_key
from mailproof.model.environment import Environment
from mailproof.model.own_key import OwnKey

DKIM_RULE = "dkim-failed-set-up-again"  # both say that the records are right
MAIL_FROM_RULE = "mail-from-failed-set-up-again"
OWN_KEY = Unanswered("its key is your own", "set the signing attributes again with the private key")
Client = Callable[[str, str, str], Any]
"""Environment name, service and region to a boto3 client."""


class Restarter:
    """
    Restarts DKIM and MAIL FROM set-up.

    Args:
        client: Makes the clients.
        tell: Takes a line for the person who waits.
    """

    def __init__(self, client: Client, tell: Callable[[str], None]) -> None:
        self._client = client
        self._tell = tell
        self._done: set[tuple[str, str, str, str]] = set()

    def restart(self, environment: Environment, findings: Sequence[Finding]) -> None:
        """Restart what the findings say SES gave up on."""
        for finding in findings:
            if finding.rule in {DKIM_RULE, MAIL_FROM_RULE} and finding.domain and finding.region:
                key = (environment.name, finding.rule, finding.domain, finding.region)
                if key not in self._done:
                    self._done.add(key)
                    self._start(environment, finding.rule, finding.domain, finding.region)

    def _start(self, environment: Environment, rule: str, domain: str, region: str) -> None:
        client = self._client(environment.name, "sesv2", region)
        what = "DKIM" if rule == DKIM_RULE else "MAIL FROM"
        wanted = next(found for found in environment.domains if found.name == domain)
        failure: object = None
        if rule == DKIM_RULE:
            own = wanted.own_key_in(region)
            failure = self._restart_own(environment, domain, own, region) if own else self._start_dkim(client, domain)
        elif mail_from := wanted.mail_from:
            failure = _failure(lambda: restart_mail_from(client, domain, region, mail_from))
        outcome = f"not restarted, {failure}" if failure else "restarted"
        self._tell(f"{domain} {region}: {what} {outcome}")

    def _start_dkim(self, client: Any, domain: str) -> Unanswered | None:
        """Start Easy DKIM; with a key of the customer's own this would replace that key, so it is left."""
        found = unless_absent(ask_aws(lambda: fetch_identity(client, domain)))
        if isinstance(found, Unanswered):
            return found
        if found.uses_byodkim:
            return OWN_KEY
        if found.primary_region:
            return Unanswered("it is a replica", "restart its parent")
        return _failure(lambda: restart_dkim(client, domain))

    def _restart_own(self, environment: Environment, domain: str, key: OwnKey, region: str) -> str | None:
        """Give SES the own key of the file once more, from its secret."""

        def ask(service: str, call: Callable[[Any], Any]) -> Any:
            return ask_aws(lambda: call(self._client(environment.name, service, region)))

        failure = sign_with_stored_key(ask, domain, key.selector, key.stored_in(region))
        if failure is None or isinstance(failure, SecretUnread):
            return str(failure) if failure else None
        return str(unless_absent(failure))


def _failure(call: Callable[[], None]) -> Unanswered | None:
    return unless_absent(ask_aws(call))
