"""DKIM keys of one's own: the public half, where the private half is kept, and which regions sign with it."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from mailproof.model.errors import InvalidValue
from mailproof.model.names import LABEL_LIMIT_BYTES, dkim_name

SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
SECRET = re.compile(r"arn:[a-z-]+:secretsmanager:([a-z0-9-]+):([0-9]{12}):secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}")
VERSION = re.compile(r"[A-Za-z0-9-]{32,64}")
RSA = bytes.fromhex("2a864886f70d010101")  # rsaEncryption, RFC 8017 appendix C: SES takes nothing else
SES_KEY_LIMIT_BYTES = 294  # of the public half of 2048 bits
PRIVATE_KEY = "private_key"
"""Member of the secret's JSON that holds the private key: base64 of its DER form, as SES takes it."""
REFERENCE = re.compile(
    rf"\{{\{{resolve:secretsmanager:({SECRET.pattern}):SecretString:{PRIVATE_KEY}::({VERSION.pattern})\}}\}}"
)


class StoredKey(NamedTuple):
    """
    A place where a private half is kept.

    Attributes:
        secret: ARN of the secret.
        version: Id of the version.
    """

    secret: str
    version: str

    @property
    def reference(self) -> str:
        """
        Where CloudFormation finds the private half, pinned to one version.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
        """
        return f"{{{{resolve:secretsmanager:{self.secret}:SecretString:{PRIVATE_KEY}::{self.version}}}}}"


def parse_reference(text: str) -> StoredKey | None:
    """Read what `StoredKey.reference` writes; None if it is something else."""
    found = REFERENCE.fullmatch(text)
    return StoredKey(found[1], found[4]) if found else None


@dataclass(frozen=True, slots=True)
class OwnKey:
    """
    An own DKIM key of a domain: public half, and where the private half is kept. Holds no private key.

    Attributes:
        selector: Selector: its record is ``SELECTOR._domainkey`` below the domain.
        public_key: Base64 of its DER form, as the record's ``p=`` holds it.
        secret: ARN of the secret with the private half, in any region that has it; empty if it is kept elsewhere.
        version: Version of the secret.
        regions: Regions that sign with it.
        unused_since: When it was proved that no region signs with it any more.
        is_revoked: Whether its record says that it counts no more.

    Source: RFC 6376 section 3.6.1
    """

    selector: str
    public_key: str
    secret: str = ""
    version: str = ""
    regions: tuple[str, ...] = ()
    unused_since: datetime | None = None
    is_revoked: bool = False

    @property
    def record(self) -> str:
        """The text of its record; one that is revoked has no key in it."""
        return f"v=DKIM1; k=rsa; p={'' if self.is_revoked else self.public_key}"

    def record_name(self, domain: str) -> str:
        """Return the name of its record: below the identity, wherever the zone begins."""
        return dkim_name(self.selector.lower(), domain)

    def secret_in(self, region: str) -> str:
        """Return the ARN of the secret in a region; replicas have the ARN of their parent but for the region."""
        own_region = SECRET.fullmatch(self.secret)
        return self.secret.replace(f":{own_region[1]}:", f":{region}:", 1) if own_region else ""

    def stored_in(self, region: str) -> StoredKey:
        """Return where a region finds the private half."""
        return StoredKey(self.secret_in(region), self.version)


def key_in(region: str, keys: Iterable[OwnKey]) -> OwnKey | None:
    """Return the key that signs in a region; None without one."""
    return next((key for key in keys if region in key.regions), None)


Keys: TypeAlias = Mapping[str, tuple[OwnKey, ...]]
"""Sending domain to its keys, the newest first."""


def parse_selector(text: str) -> str:
    """
    Check a selector against what SES takes: one label, while RFC 6376 has several.

    Raises:
        InvalidValue: It has a dot, an underscore or another character, a hyphen first or last, or is too long.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DkimSigningAttributes.html
    """
    if len(text) > LABEL_LIMIT_BYTES or not SELECTOR.fullmatch(text):
        todo = f"use up to {LABEL_LIMIT_BYTES} letters and digits, with hyphens between them: no dot, no underscore"
        raise InvalidValue("is not a selector that SES takes", text, todo)
    return text


def parse_public_key(text: str) -> str:
    """
    Check the public half of an RSA key.

    Raises:
        InvalidValue: It is not base64 of one in DER form.
    """
    try:
        is_key = RSA in base64.b64decode(text, validate=True)[:32]
    except ValueError:
        is_key = False
    if not is_key:
        raise InvalidValue("is not a public RSA key", text, "write the base64 of its DER form on one line")
    return text


def fits_ses(public_key: str) -> bool:
    """Tell whether SES takes the key: up to 2048 bits."""
    return len(base64.b64decode(public_key)) <= SES_KEY_LIMIT_BYTES


def parse_secret(text: str) -> str:
    """
    Check the ARN of a secret: it becomes part of a template.

    Raises:
        InvalidValue: It is not a complete one.
    """
    if not SECRET.fullmatch(text):
        raise InvalidValue("is not the ARN of a secret", text, "write it whole, with the six letters at its end")
    return text


def parse_version(text: str) -> str:
    """
    Check the id of a secret's version: it becomes part of a template.

    Raises:
        InvalidValue: It is none.
    """
    if not VERSION.fullmatch(text):
        raise InvalidValue("is not the version id of a secret", text, "write the one that Secrets Manager shows")
    return text


def check_ses_key(key: OwnKey, account: str) -> None:
    """
    Check a key that SES is to sign with.

    Args:
        key: The key.
        account: Of the identities; empty if it is known at deployment only.

    Raises:
        InvalidValue: SES cannot get its private half, or does not take it.
    """
    if not key.secret:
        todo = "`mailproof dkim new-key` makes one with its secret"
        raise InvalidValue("has a key whose private half SES cannot get", key.selector, todo)
    if not fits_ses(key.public_key):
        raise InvalidValue("has a key of over 2048 bits, which SES does not take", key.selector, "make another")
    found = SECRET.fullmatch(key.secret)
    if found and account and found[2] != account:
        todo = f"it has to be one of {account}: SES takes the key from there"
        raise InvalidValue("has a key whose secret is in another account", key.secret, todo)
