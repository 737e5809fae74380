"""The CDK's bootstrap stacks that an app deploys through: their versions, roles, and the commands that make them."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailproof.model.regions import partition
from mailproof.model.roles import bootstrap_role
from mailproof.template.cloud_assembly import SynthesisedStack

# Of the CDK's default synthesizer, where neither an assembly nor cdk.json says another.
DEFAULT_QUALIFIER = "hnb659fds"
DEFAULT_VERSION = 6
_PARAMETER = re.compile(r"/cdk-bootstrap/([^/]+)/version")


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """
    The bootstrap stack of one account and region, as the stacks there need it.

    Attributes:
        account: AWS account id.
        region: AWS region.
        parameter: SSM parameter of its version; None if the stacks ask for no version.
        version: The oldest that will do.
        lookup_role: ARN of its role that reads; None if the stacks name none.
        toolkit: Name of the bootstrap stack, as cdk.json has it; None takes the CDK's.
    """

    account: str
    region: str
    parameter: str | None
    version: int
    lookup_role: str | None
    toolkit: str | None = None

    def command(self, trusted: str) -> str:
        """
        Return the command line that makes it, whole.

        Args:
            trusted: Account that deploys there.
        """
        return shlex.join(["cdk", "bootstrap", f"aws://{self.account}/{self.region}", *self.options(trusted)])

    def options(self, *trusted: str) -> list[str]:
        """
        Return the options of `cdk bootstrap`.

        Args:
            trusted: Accounts that deploy there.

        Source: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
        """
        words: list[str] = []
        found = _PARAMETER.fullmatch(self.parameter or "")
        if found and found[1] != DEFAULT_QUALIFIER:
            # Under the common name it would take the place of the bootstrap stack that other apps have there.
            words += ["--qualifier", found[1], "--toolkit-stack-name", self.toolkit or f"CDKToolkit-{found[1]}"]
        if others := sorted({*trusted} - {self.account}):
            policy = f"arn:{partition(self.region)}:iam::aws:policy/AdministratorAccess"
            words += [word for other in others for word in ("--trust", other)]
            words += ["--cloudformation-execution-policies", policy]
        return words


@dataclass(frozen=True, slots=True)
class Bootstraps:
    """
    The bootstrap stacks of an app.

    Attributes:
        stacks: Of its assembly, by path; empty if there is none: the default synthesizer is assumed.
        qualifier: Of the default synthesizer.
        toolkit: Name of the bootstrap stacks; None takes the CDK's.
    """

    stacks: Mapping[str, SynthesisedStack] = field(default_factory=dict)
    qualifier: str = DEFAULT_QUALIFIER
    toolkit: str | None = None

    def of(self, account: str, region: str) -> Bootstrap:
        """Return that of an account and region."""
        for stack in self.stacks.values():
            if (stack.account, stack.region) == (account, region):
                return self.of_stack(stack)
        parameter = f"/cdk-bootstrap/{self.qualifier}/version"
        role = bootstrap_role("lookup", account, region, self.qualifier)
        return Bootstrap(account, region, parameter, DEFAULT_VERSION, role, self.toolkit)

    def of_stack(self, stack: SynthesisedStack) -> Bootstrap:
        """Return that of a synthesised stack."""
        return Bootstrap(
            stack.account,
            stack.region,
            stack.bootstrap_parameter,
            stack.bootstrap_version,
            stack.roles[-1] if stack.roles else None,
            self.toolkit,
        )
