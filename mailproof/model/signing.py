"""How a domain signs its mail: each way says which records it needs and what SES is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from mailproof.model.dns_record import DkimPair, Owner, RecordType
from mailproof.model.names import Text


class KeyRecord(NamedTuple):
    """
    A record by which receivers find a key.

    Attributes:
        name: Its owner name, without a trailing dot.
        type: Its type.
        value: Target or text.
        token_number: Which of SES's DKIM tokens the name holds, counted from 1; None if the file tells the name.
    """

    name: Text
    type: RecordType
    value: Text
    token_number: int | None = None


class Signing(Protocol):
    """
    A way to sign.

    Attributes:
        key_length: Bits of the key that the file asks for; None leaves it to SES.
        owner: Who owns the records: SES draws a key for each region, while one key of the customer's may serve all.
        needs_tokens: Whether the records hold tokens that only SES knows, once the identity exists.
    """

    @property
    def key_length(self) -> int | None:
        """Bits of the key that the file asks for; None leaves it to SES."""
        ...

    @property
    def owner(self) -> Owner:
        """Who owns the records."""
        ...

    @property
    def needs_tokens(self) -> bool:
        """Whether the records hold tokens that only SES knows."""
        ...

    def records(self, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:
        """
        List the records.

        Args:
            domain: The sending domain.
            dkim: Name and target of each CNAME of Easy DKIM, for a way that needs tokens; empty where not known.
        """
        ...

    def ses_attributes(self) -> Mapping[str, Any]:
        """
        Return ``DkimSigningAttributes`` of the identity; empty leaves all to SES.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ses-emailidentity-dkimsigningattributes.html
        """
        ...


@dataclass(frozen=True, slots=True)
class EasyDkim:
    """
    Sign with keys that SES draws, one per region, and changes by itself behind three CNAMEs.

    Attributes:
        key_length: 1024 or 2048 bits; None leaves it to SES (2048).

    Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html
    """

    key_length: int | None = None

    @property
    def owner(self) -> Owner:
        """The region, whose tokens the names hold."""
        return Owner.REGION

    @property
    def needs_tokens(self) -> bool:
        """SES draws them."""
        return True

    def records(self, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:  # noqa: ARG002 -- of the protocol
        """List the CNAMEs."""
        for number, (name, target) in enumerate(dkim, 1):
            yield KeyRecord(name, RecordType.CNAME, target, number)

    def ses_attributes(self) -> Mapping[str, Any]:
        """Return the length of the key, if the file asks for one."""
        return {"NextSigningKeyLength": f"RSA_{self.key_length}_BIT"} if self.key_length else {}


@dataclass(frozen=True, slots=True)
class NoSigning:
    """Sign nothing: a domain that does not send."""

    @property
    def key_length(self) -> int | None:
        """None: there is no key."""
        return None

    @property
    def owner(self) -> Owner:
        """The domain, which has no regions."""
        return Owner.DOMAIN

    @property
    def needs_tokens(self) -> bool:
        """There are none."""
        return False

    def records(self, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:  # noqa: ARG002 -- of the protocol
        """List none."""
        return ()

    def ses_attributes(self) -> Mapping[str, Any]:
        """Return nothing: SES has no identity."""
        return {}


NO_SIGNING = NoSigning()
"""What a parked domain signs with."""
EASY_DKIM = EasyDkim()
"""Easy DKIM with the key length of SES."""
