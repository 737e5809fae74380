"""Libraries of the extra `explain`, imported when they are wanted."""

from importlib import import_module
from typing import Any

from mailproof.model.errors import MailproofError


class MissingLibraryError(MailproofError):
    """A library is not installed."""


def load(name: str) -> Any:
    """
    Import a library.

    Args:
        name: ``dkim``, which verifies signatures, or ``authres``, which reads what receivers say.

    Raises:
        MissingLibraryError: It is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as err:
        words = f"{name} is not installed, which reads messages; run: pip install 'mailproof[explain]'"
        raise MissingLibraryError(words) from err
