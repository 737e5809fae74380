"""How a domain signs its mail: each way says which records it needs and what SES is told."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

from mailproof.model.dns_record import DkimPair, Owner, RecordType
from mailproof.model.names import Text
from mailproof.model.own_key import OwnKey, key_in


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
        owners: Who owns records: SES draws a key for each region, while one of one's own may serve all.
        needs_tokens: Whether some of the records hold tokens that only SES knows, once the identity exists.
        own_keys: Keys of one's own, the newest first: the file tells their records.
        is_external: Whether SES is to sign with one of them.
        is_signed_by_ses: Whether SES signs at all.
        parent: The region whose key all others use as its replicas; empty if each has a key of its own.
    """

    @property
    def key_length(self) -> int | None:
        """Bits of the key that the file asks for; None leaves it to SES."""
        ...

    @property
    def owners(self) -> Collection[Owner]:
        """Who owns records."""
        ...

    @property
    def needs_tokens(self) -> bool:
        """Whether some of the records hold tokens that only SES knows."""
        ...

    @property
    def own_keys(self) -> tuple[OwnKey, ...]:
        """Keys of one's own, the newest first."""
        ...

    @property
    def is_external(self) -> bool:
        """Whether SES is to sign with an own key."""
        ...

    @property
    def is_signed_by_ses(self) -> bool:
        """Whether SES signs at all."""
        ...

    @property
    def parent(self) -> str:
        """The region whose key all others use as its replicas; empty if there is none."""
        ...

    def records(self, owner: Owner, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:
        """
        List the records of one owner.

        Args:
            owner: One of `owners`.
            domain: The sending domain.
            dkim: Name and target of each CNAME of Easy DKIM, for a way that needs tokens; empty where not known.
        """
        ...

    def identity_properties(self, region: str) -> Mapping[str, Any]:
        """
        Return the properties of the identity in one region; empty leaves all to SES.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses-emailidentity.html
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

    owners = (Owner.REGION,)
    needs_tokens = True
    own_keys = ()
    is_external = False
    is_signed_by_ses = True
    parent = ""

    def records(self, owner: Owner, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:  # noqa: ARG002 -- of the protocol
        """List the CNAMEs."""
        for number, (name, target) in enumerate(dkim, 1):
            yield KeyRecord(name, RecordType.CNAME, target, number)

    def identity_properties(self, region: str) -> Mapping[str, Any]:  # noqa: ARG002 -- of the protocol
        """Return the length of the key, if the file asks for one."""
        if not self.key_length:
            return {}
        return {"DkimSigningAttributes": {"NextSigningKeyLength": f"RSA_{self.key_length}_BIT"}}


@dataclass(frozen=True, slots=True)
class OwnKeyDkim:
    """
    Let SES sign with a key of one's own (BYODKIM): one TXT record serves all regions that sign with it.

    Attributes:
        own_keys: The newest first. Each region has one that signs; others are about to, or did before.

    Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-bring-your-own.html
    """

    own_keys: tuple[OwnKey, ...]

    key_length = None
    owners = (Owner.DOMAIN,)
    needs_tokens = False
    is_external = True
    is_signed_by_ses = True
    parent = ""

    def records(self, owner: Owner, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:  # noqa: ARG002 -- of the protocol
        """List the record of every key."""
        return map(partial(_key_record, domain), self.own_keys)

    def identity_properties(self, region: str) -> Mapping[str, Any]:
        """Return the selector, and where CloudFormation finds the private key; nothing before there is a key."""
        key = key_in(region, self.own_keys)
        if key is None:
            return {}
        attributes = {
            "DomainSigningSelector": key.selector,
            "DomainSigningPrivateKey": key.stored_in(region).reference,
        }
        return {"DkimSigningAttributes": attributes}


@dataclass(frozen=True, slots=True)
class SelfSigning:
    """
    Sign messages before SES gets them; SES adds no signature of the domain.

    The identity is proved by Easy DKIM all the same, so that its CNAMEs stay.

    Attributes:
        own_keys: The newest first.

    Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-manual.html
    """

    own_keys: tuple[OwnKey, ...]

    key_length = None
    owners = (Owner.REGION, Owner.DOMAIN)
    needs_tokens = True
    is_external = False
    is_signed_by_ses = False
    parent = ""

    def records(self, owner: Owner, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:
        """List the CNAMEs of a region, or the record of every key."""
        if owner is Owner.REGION:
            return EASY_DKIM.records(owner, domain, dkim)
        return map(partial(_key_record, domain), self.own_keys)

    def identity_properties(self, region: str) -> Mapping[str, Any]:  # noqa: ARG002 -- of the protocol
        """Switch the signature of SES off."""
        return {"DkimAttributes": {"SigningEnabled": False}}


@dataclass(frozen=True, slots=True)
class Replicas:
    """
    Sign everywhere with the key that SES draws in one region (Deterministic Easy DKIM): its CNAMEs serve all.

    CloudFormation cannot make a replica: its identity is made by the API and taken into the stack.

    Attributes:
        parent: The region that draws the key; the others of the domain are its replicas.
        key_length: Of the parent's key, as of `EasyDkim`.

    Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-deed.html
    """

    parent: str
    key_length: int | None = None

    owners = (Owner.REGION,)
    needs_tokens = True
    own_keys = ()
    is_external = False
    is_signed_by_ses = True

    def records(self, owner: Owner, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:
        """List the CNAMEs: of the parent's region alone are any tokens known."""
        return EASY_DKIM.records(owner, domain, dkim)

    def identity_properties(self, region: str) -> Mapping[str, Any]:
        """Return the length of the key where it is drawn; a replica has no property that says so."""
        return EasyDkim(self.key_length).identity_properties(region) if region == self.parent else {}


def _key_record(domain: str, key: OwnKey) -> KeyRecord:
    return KeyRecord(key.record_name(domain), RecordType.TXT, key.record)


@dataclass(frozen=True, slots=True)
class NoSigning:
    """Sign nothing: a domain that does not send, or not by an identity of ours."""

    key_length = None
    owners = ()
    needs_tokens = False
    own_keys = ()
    is_external = False
    is_signed_by_ses = True
    parent = ""

    def records(self, owner: Owner, domain: str, dkim: Sequence[DkimPair]) -> Iterable[KeyRecord]:  # noqa: ARG002 -- of the protocol
        """List none."""
        return ()

    def identity_properties(self, region: str) -> Mapping[str, Any]:  # noqa: ARG002 -- of the protocol
        """Return nothing: SES has no identity."""
        return {}


NO_SIGNING = NoSigning()
"""What a parked domain signs with, and one whose identity another account holds."""
EASY_DKIM = EasyDkim()
"""Easy DKIM with the key length of SES."""
