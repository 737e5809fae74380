"""How a domain signs, from its key `dkim` and the file of own keys."""

from collections.abc import Sequence
from typing import NamedTuple

from mailproof.model.environment_file import DkimPart
from mailproof.model.errors import InvalidValue
from mailproof.model.names import NAME_LIMIT_BYTES
from mailproof.model.own_key import OwnKey, check_ses_key
from mailproof.model.signing import EasyDkim, OwnKeyDkim, Replicas, SelfSigning, Signing


class SigningPlace(NamedTuple):
    """
    Whose keys they are.

    Attributes:
        domain: The domain.
        account: Of the identities.
        regions: That the domain sends from.
        command: Makes a key, or gives it to more regions.
    """

    domain: str
    account: str
    regions: Sequence[str]
    command: str


def resolve_signing(part: DkimPart, keys: Sequence[OwnKey] | None, place: SigningPlace) -> Signing:
    """
    Find out how a domain signs.

    Args:
        part: What the file says.
        keys: Its own keys, the newest first; None if there may be none yet, since one is about to be made.
        place: Whose identities they are.

    Raises:
        InvalidValue: Two ways contradict each other, or a key is missing or cannot be used.
    """
    if part.key and part.sign:
        raise InvalidValue("has two ways to sign", part.sign, "keep `key: own`, by which SES signs, or `sign: self`")
    if part.replica_of:
        return _resolve_replicas(part, part.replica_of, place)
    if not (part.key or part.sign):
        return EasyDkim(part.key_length)
    return _resolve_own(part, keys, place)


def _resolve_own(part: DkimPart, keys: Sequence[OwnKey] | None, place: SigningPlace) -> Signing:
    if part.key_length:
        raise InvalidValue("has the length of keys that SES makes", part.key_length, "leave out `key_length`")
    if keys is not None:
        signing = {region for key in keys for region in key.regions}
        if missing := [region for region in place.regions if region not in signing]:
            todo = f"run `{place.command}`, which makes one or gives it to those regions"
            raise InvalidValue("has no own key for every region", ", ".join(missing), todo)
    for key in keys or ():
        if len(key.record_name(place.domain)) > NAME_LIMIT_BYTES:
            what = f"has a key whose record's name is longer than {NAME_LIMIT_BYTES} bytes"
            raise InvalidValue(what, key.selector, "choose a shorter selector")
    if part.sign:
        return SelfSigning(tuple(keys or ()))
    for key in keys or ():
        check_ses_key(key, place.account)
    return OwnKeyDkim(tuple(keys or ()))


def _resolve_replicas(part: DkimPart, parent: str, place: SigningPlace) -> Replicas:
    if other := part.key or part.sign:
        todo = "leave out `replica_of`: what is replicated is a key of SES"
        raise InvalidValue("has replicas of a key of SES, and another way to sign", other, todo)
    if parent not in place.regions:
        todo = f"name one of {', '.join(place.regions)}"
        raise InvalidValue("has replicas of a region that the domain does not send from", parent, todo)
    return Replicas(parent, part.key_length)
