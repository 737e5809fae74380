"""Make a key straight into Secrets Manager."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import sleep
from typing import Any

from mailproof.change.errors import CommandError
from mailproof.exit_codes import UNANSWERED
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.secrets import IN_SYNC, PrivateKey, ReplicaState, fetch_replicas, replicate, store_key
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.own_key import OwnKey

KEY_BITS = 2048  # the longest that SES takes
PUBLIC_EXPONENT = 65537
SECRET_PREFIX = "mailproof/dkim/"  # noqa: S105 -- the beginning of a name
REPLICATION_POLLS = 60
POLL_S = 1.0
ABSENT = ReplicaState("absent")
NOT_USED = "no key was taken into use"
PREFIX_FORMAT = "mp%Y%m%d"


@dataclass(frozen=True, slots=True)
class KeyMaker:
    """
    Makes keys of one environment.

    Attributes:
        environment: The environment.
        clients: Ask AWS.
        pause: Waits so many seconds.
    """

    environment: Environment
    clients: Clients
    pause: Callable[[float], None] = sleep

    def make(self, domain: SendingDomain, selector: str, regions: Sequence[str]) -> OwnKey:
        """
        Make a key, and have its secret in every region of the domain.

        Args:
            domain: The domain.
            selector: Of the key.
            regions: That are to sign with it.

        Raises:
            CommandError: Secrets Manager could not be asked. The same again makes another key: what nobody has the
                version of is of no use.
        """
        private, public_key = generate_key()
        content = {"selector": selector, "public_key": public_key}
        home = domain.home_region
        made = self._ask(
            home,
            lambda client: store_key(client, f"{SECRET_PREFIX}{domain.name}", content, private, self.environment.tags),
        )
        key = OwnKey(selector, public_key, made.secret, made.version, tuple(regions))
        self.replicate(key, domain.regions)
        return key

    def replicate(self, key: OwnKey, regions: Sequence[str]) -> None:
        """
        Have the secret of a key in more regions, and wait until it is there.

        Raises:
            CommandError: Secrets Manager could not be asked, or a copy does not arrive.
        """
        home = key.secret.split(":")[3]
        others = [region for region in regions if region != home]
        if not others:
            return
        self._ask(home, lambda client: replicate(client, key.secret, others))
        for _ in range(REPLICATION_POLLS):
            states = self._ask(home, lambda client: fetch_replicas(client, key.secret))
            found = {region: states.get(region, ABSENT) for region in others}
            waiting = {region: state for region, state in found.items() if state.status != IN_SYNC}
            if not waiting:
                return
            if any(state.has_failed for state in waiting.values()):
                break
            self.pause(POLL_S)
        words = ", ".join(f"{region} ({state})" for region, state in waiting.items())
        what = f"{key.secret}: its copies do not arrive: {words}; look at them in Secrets Manager"
        raise CommandError([what, NOT_USED])

    def _ask(self, region: str, call: Callable[[Any], Any]) -> Any:
        target = Target(self.environment.account, region)
        found = self.clients.ask("secretsmanager", target, call)
        if isinstance(found, NotFound):
            found = Unanswered("ResourceNotFoundException", "the secret does not exist")
        if isinstance(found, Unanswered):
            what = f"Secrets Manager in {region} of account {target.account}: {found}{advise(found, region)}"
            raise CommandError([what, NOT_USED], UNANSWERED)
        return found


def generate_key() -> tuple[PrivateKey, str]:
    """Generate an RSA key; return its private half and its public one, as a DKIM record holds it."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 -- takes a while, and few make keys
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 -- as above

    key = rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)
    der = serialization.Encoding.DER
    private = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)
    return PrivateKey(base64.b64encode(private).decode()), base64.b64encode(public).decode()


def selector_prefix(now: datetime) -> str:
    """Return the beginning of a selector that tells when its key was made."""
    return now.strftime(PREFIX_FORMAT)
