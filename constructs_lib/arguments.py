"""Validate construct arguments here: CDK errors arrive as a bare RuntimeError."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from aws_cdk import Token

from mailproof.model.errors import InvalidValue
from mailproof.model.own_key import OwnKey, parse_public_key, parse_selector

T = TypeVar("T")


def literal(text: str, what: str, todo: str = "write it as a literal") -> str:
    """
    Return a text that has to be known when the app is synthesised.

    Raises:
        InvalidValue: It is a token, of which nothing can be compared or qualified.
    """
    if Token.is_unresolved(text):
        raise InvalidValue(f"{what} is known at deployment only", text, todo)
    return text


def one_of(choices: Iterable[T], value: T, what: str) -> T:
    """
    Return a value that has to be one of a few.

    Raises:
        InvalidValue: It is another, which CloudFormation would refuse at deployment, or nobody would notice.
    """
    if value not in (known := tuple(choices)):
        raise InvalidValue(f"is not {what}", value, f"choose {' or '.join(map(str, known))}")
    return value


def own_key(key: OwnKey, *regions: str) -> OwnKey:
    """
    Return an own DKIM key that signs in some regions.

    Raises:
        InvalidValue: It is none, or its selector or public half cannot be used.
    """
    if not isinstance(key, OwnKey):
        raise InvalidValue("is not an OwnKey", key, "write OwnKey(selector=…, public_key=…, secret=…, version=…)")
    parse_public_key(literal(key.public_key, "public key"))
    return replace(key, selector=parse_selector(literal(key.selector, "selector")), regions=regions)
