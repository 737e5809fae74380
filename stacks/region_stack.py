"""The identities of one region."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from constructs_lib.fragment import included_identity
from mailproof.model.dns_record import DkimPair
from mailproof.model.placement import Holding
from mailproof.template.build import dkim_attributes
from stacks.planned_stack import PlannedStack

if TYPE_CHECKING:
    from aws_cdk.aws_ses import CfnEmailIdentity


class RegionStack(PlannedStack):
    """
    The SES identities of one region, with their regional records in zones of the same account.

    Args:
        scope: The environment's Stage.
        plan: What it holds.
        environment: The environment.
    """

    def dkim(self, holding: Holding) -> Sequence[DkimPair]:
        """Read them from the identity beside them."""
        return dkim_attributes(holding.domain.name)

    def identity(self, domain: str) -> "CfnEmailIdentity":
        """Return the identity of a domain."""
        return included_identity(self.included, domain)
