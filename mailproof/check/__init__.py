"""Rules that judge facts and return findings."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailproof.check.finding import CheckedIdentity, CheckReport, Finding, Severity
    from mailproof.check.run import check_environment
    from mailproof.check.selection import Selection

__all__ = ["CheckReport", "CheckedIdentity", "Finding", "Selection", "Severity", "check_environment"]

_MODULES = {"Selection": "selection", "check_environment": "run"}


def __getattr__(name: str) -> Any:
    """Return what is public, loaded when first asked for: many commands need one module of the check, not all rules."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'finding')}"), name)
