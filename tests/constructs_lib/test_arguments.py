"""What constructs refuse before the CDK sees it."""

import pytest
from aws_cdk import CfnParameter, Fn, Stack

from mailproof.constructs_lib.arguments import literal, one_of
from mailproof.model.errors import InvalidValue


def test_a_literal_passes() -> None:
    """A text known now comes back as it is."""
    assert literal("example.com", "domain name") == "example.com"


def test_fails_for_a_token(stack: Stack) -> None:
    """A token, alone or within a text, is refused in a sentence."""
    token = CfnParameter(stack, "Name").value_as_string
    for text in (token, f"mail.{token}", Fn.import_value("name")):
        with pytest.raises(InvalidValue, match=r"^domain name is known at deployment only, got .*; write it as a lit"):
            literal(text, "domain name")


def test_one_of_a_few_passes() -> None:
    """A value among the choices comes back as it is."""
    assert one_of((1024, 2048), 1024, "a key length") == 1024


def test_fails_for_another_value() -> None:
    """Any other is refused, with what there is to choose from."""
    with pytest.raises(InvalidValue, match=r"^is not a key length, got 4096; choose 1024 or 2048$"):
        one_of((1024, 2048), 4096, "a key length")
