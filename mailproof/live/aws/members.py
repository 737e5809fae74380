"""Members of AWS's answers: one that is missing, or holds something else, is no fact."""

from collections.abc import Mapping
from typing import Any, TypeVar, overload

UNREADABLE_ANSWER = "an answer that cannot be read"

T = TypeVar("T")
D = TypeVar("D")


class UnreadableAnswer(Exception):  # noqa: N818 -- a state of the other side, not a fault of ours
    """
    What AWS answered cannot be read; `ask_aws` makes it no answer.

    Args:
        detail: What is wrong with it.
        reason: What it is said to be.
    """

    def __init__(self, detail: str, reason: str = UNREADABLE_ANSWER) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason


def required(answer: Mapping[str, Any], path: str, kind: type[T]) -> T:
    """
    Return a member that every such answer of AWS has.

    Args:
        answer: As boto3 returns it, or part of it.
        path: Names of the member and those around it, the outermost first: ``DkimAttributes.Status``.
        kind: Its type.

    Raises:
        UnreadableAnswer: It is missing, or of another type.
    """
    found = optional(answer, path, kind)
    if found is None:
        raise UnreadableAnswer(f"lacks {path}")
    return found


@overload
def optional(answer: Mapping[str, Any], path: str, kind: type[T]) -> T | None: ...
@overload
def optional(answer: Mapping[str, Any], path: str, kind: type[T], default: D) -> T | D: ...
def optional(answer: Mapping[str, Any], path: str, kind: type[T], default: D | None = None) -> T | D | None:
    """
    Return a member that AWS leaves out where there is nothing to say.

    Args:
        answer: As of `required`.
        path: As of `required`.
        kind: Its type.
        default: What stands for a member that is missing.

    Raises:
        UnreadableAnswer: It, or what it is a member of, is of another type.
    """
    *outer, name = path.split(".")
    for step in outer:
        answer = _typed(answer.get(step), path, dict) or {}
    found = _typed(answer.get(name), path, kind)
    return default if found is None else found


def _typed(value: Any, path: str, kind: type[T]) -> T | None:
    if kind is float and type(value) is int:  # JSON knows numbers alone
        value = float(value)
    if value is None or (isinstance(value, kind) and isinstance(value, bool) is (kind is bool)):  # True is an int
        return value
    raise UnreadableAnswer(f"holds a {type(value).__name__} for {path}")
