"""Keys that sign messages."""

import textwrap
from dataclasses import dataclass
from typing import Any

from mailproof.live.aws.secrets import PrivateKey, fetch_private_key
from mailproof.model import pages
from mailproof.model.environment import Environment
from mailproof.model.errors import InvalidValue
from mailproof.model.names import parse_host_name
from mailproof.model.own_key import key_in, parse_selector

RSA_KINDS = ("-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----")
PEM_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class SigningKey:
    """
    An RSA key that signs messages of a domain. Its ``repr`` hides the private half.

    Args:
        domain: Signing domain (`d=`); its `SELECTOR._domainkey` record holds the public half.
        selector: Selector (`s=`), the first label of its record's name.
        private: The private half.

    Example::

        key = SigningKey.from_pem("example.com", "s1", Path("key.pem").read_text())
    """

    domain: str
    selector: str
    private: PrivateKey

    def __post_init__(self) -> None:
        """Check both names."""
        object.__setattr__(self, "domain", parse_host_name(self.domain))
        parse_selector(self.selector)

    @classmethod
    def from_pem(cls, domain: str, selector: str, pem: str) -> "SigningKey":
        """
        Read a private key in PEM: PKCS#1 or PKCS#8, without a password.

        Raises:
            InvalidValue: It is not an RSA key without a password: at large receivers no other signature counts.
        """
        lines = pem.strip().splitlines()
        if not lines or lines[0].strip() not in RSA_KINDS:
            raise InvalidValue("is not an RSA key in PEM without a password", "…", "give one of PKCS#1 or PKCS#8")
        key = cls(domain, selector, PrivateKey("".join(line.strip() for line in lines[1:-1])))
        key.check_kind()
        return key

    def check_kind(self) -> None:
        """
        Refuse what is not an RSA key.

        Raises:
            InvalidValue: It is none.
        """
        import base64  # noqa: PLC0415 -- as below

        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 -- takes a while
        from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415 -- as above

        try:
            is_rsa = isinstance(load_der_private_key(base64.b64decode(self.private.reveal()), None), RSAPrivateKey)
        except (ValueError, TypeError):
            is_rsa = False
        if not is_rsa:
            raise InvalidValue("is not an RSA key", "…", "at large receivers no other signature counts") from None

    def pem(self) -> bytes:
        """Return the private half as PEM, for the library that signs."""
        import base64  # noqa: PLC0415 -- as above

        der = base64.b64decode(self.private.reveal())
        kind = "PRIVATE KEY" if PKCS8 in der[:RSA_PREFIX_BYTES] else "RSA PRIVATE KEY"
        body = "\n".join(textwrap.wrap(self.private.reveal(), PEM_COLUMNS))
        return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n".encode()


PKCS8 = bytes.fromhex("2a864886f70d010101")  # names the algorithm, which PKCS#1 does not
RSA_PREFIX_BYTES = 32


def fetch_signing_key(client: Any, environment: Environment, domain: str, region: str) -> SigningKey:
    """
    Read the key with which a domain signs in a region from its secret.

    Args:
        client: A boto3 client for `secretsmanager` in that region.
        environment: As `load_environments` returns it.
        domain: Its sending domain, with `dkim: {sign: self}`.
        region: One of its regions.

    Raises:
        InvalidValue: The domain has no such key, or keeps its private half elsewhere.
        botocore.exceptions.ClientError: Secrets Manager refuses.
    """
    found = next((each for each in environment.domains if each.name == domain), None)
    key = key_in(region, found.signing.own_keys) if found else None
    if key is None or not key.secret:
        raise InvalidValue(f"has no own key with a secret in {region}", domain, f"see {pages.OWN_KEYS}")
    return SigningKey(domain, key.selector, fetch_private_key(client, key.stored_in(region)))
