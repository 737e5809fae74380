"""
Parts of ministack that localaws uses, imported in one place.

ministack carries no type information, so every name here is `Any` to the rest of the package. Functions are imported,
wrapped and replaced; none of its code is copied. `prepare_environment` of
`mailproof.localaws.process.environment` has to run first.
"""

# One reason for every ignore below: ministack ships neither py.typed nor stubs.
from ministack import app as application  # type: ignore[import-untyped]
from ministack.core import responses  # type: ignore[import-untyped]
from ministack.services import cloudformation, iam, route53, ses, ses_v2, sns  # type: ignore[import-untyped]
from ministack.services.cloudformation import (  # type: ignore[import-untyped]
    changesets,
    drift,
    engine,
    handlers,
    helpers,
    provisioners,
    stacks,
)

__all__ = [
    "application",
    "changesets",
    "cloudformation",
    "drift",
    "engine",
    "handlers",
    "helpers",
    "iam",
    "provisioners",
    "responses",
    "route53",
    "ses",
    "ses_v2",
    "sns",
    "stacks",
]
