"""The help of a command, from its docstring."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from rich.markup import escape


def help_text(command: Callable[..., Any]) -> str:
    """
    Join the lines of each paragraph, for the terminal to break; a line that explains an exit code begins anew.

    Square brackets are meant: they are not markup of Rich.
    """
    text = re.sub(r"(?<!\n)\n(?!\n|\d: )", " ", inspect.cleandoc(command.__doc__ or ""))
    return escape(text)
