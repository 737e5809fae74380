"""What CloudFormation will make of the names and values in a template, as far as it can be known beforehand."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mailproof.cloudformation.resources import Template
from mailproof.rollout.assembly import SynthesisedStack

DKIM_ATTRIBUTE = re.compile(r"DkimDNSToken(Name|Value)([123])")

Tokens = Callable[[str, str], Sequence[tuple[str, str]]]
"""Returns name and target of each DKIM record of a domain in a region; empty if there is no identity."""


class Resolver:
    """
    Resolves the few intrinsic functions that identities and records are written with.

    Args:
        stacks: Stacks whose outputs others may read.
        tokens: DKIM records as SES has them.
    """

    def __init__(self, stacks: Iterable[SynthesisedStack], tokens: Tokens) -> None:
        self._stacks = {(stack.name, stack.region): stack for stack in stacks}
        self._tokens = tokens

    def resolve(self, value: Any, template: Template, region: str) -> str | None:
        """
        Return the text that a value becomes.

        Args:
            value: A text or an intrinsic function.
            template: In which it stands.
            region: Of its stack.

        Returns:
            None if that is not known: the identity does not exist, or the function is another.
        """
        if isinstance(value, str):
            return value
        if not isinstance(value, Mapping) or len(value) != 1:
            return None
        ((function, argument),) = value.items()
        if function == "Fn::Join":
            parts = [self.resolve(part, template, region) for part in argument[1]]
            return None if None in parts else str(argument[0]).join(filter(None, parts))
        if function == "Fn::GetAtt":
            return self._attribute(argument, template, region)
        if function == "Fn::GetStackOutput":
            return self._output(argument, region)
        return region if value == {"Ref": "AWS::Region"} else None

    def _attribute(self, argument: Any, template: Template, region: str) -> str | None:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        properties = template.get("Resources", {}).get(name, {}).get("Properties", {})
        found = DKIM_ATTRIBUTE.fullmatch(str(attribute))
        if found is None or not isinstance(domain := properties.get("EmailIdentity"), str):
            return None
        pairs = self._tokens(region, domain.lower())
        number = int(found[2]) - 1
        return pairs[number][found[1] == "Value"] if number < len(pairs) else None

    def _output(self, argument: Any, region: str) -> str | None:
        producer = self._stacks.get((argument.get("StackName"), argument.get("Region", region)))
        if producer is None:
            return None
        output = producer.template.get("Outputs", {}).get(argument.get("OutputName"), {})
        return self.resolve(output.get("Value"), producer.template, producer.region)
