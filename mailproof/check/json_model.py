"""How the parts of a report are its JSON: their fields as they are, and their docstrings as the descriptions."""

from typing import Any

JSON_MODEL: dict[str, Any] = {"use_attribute_docstrings": True, "extra": "forbid"}
