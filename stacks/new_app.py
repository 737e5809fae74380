"""Begin a CDK app."""

from inspect import signature
from typing import Any

from aws_cdk import App

_SETTINGS: dict[str, Any] = {
    "analytics_reporting": False,
    # It takes longer than all the rest of a small app, and the tests validate every template by cfn-lint.
    "builtin_cloud_formation_validation": False,
}


def new_app(**settings: Any) -> App:
    """Return an App with these settings and ours; releases of the CDK that lack one of ours do without it."""
    known = signature(App.__init__).parameters
    return App(**{name: value for name, value in _SETTINGS.items() if name in known}, **settings)
