"""Evaluate intrinsic functions statically."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from mailproof.model.names import identity_name
from mailproof.model.regions import partition
from mailproof.model.resource_types import IDENTITY
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template

DKIM_ATTRIBUTE = re.compile(r"DkimDNSToken(Name|Value)([123])")
DKIM_OUTPUT = re.compile(rf"(Identity[A-Za-z0-9]+?)({DKIM_ATTRIBUTE.pattern})")
VARIABLE = re.compile(r"\$\{([^}]+)\}")

Tokens = Callable[[str, str], Sequence[tuple[str, str]] | None]
"""Returns name and target of each DKIM record of a domain in a region; empty if there is no identity, None if that is
not known."""


class Unresolved(Enum):
    """Why a value has no text."""

    UNKNOWN = "unknown"
    """Only CloudFormation knows it."""
    NOWHERE = "nowhere"
    """It holds a DKIM token that no identity of the account has."""


@dataclass(frozen=True, slots=True)
class Scope:
    """
    The stack in which a value stands.

    Attributes:
        template: Its template.
        region: Its region.
        refs: What `Ref` gives: parameters, pseudo parameters, resources.
    """

    template: Template
    region: str
    refs: Mapping[str, str]


def pseudo_parameters(stack_name: str, account: str, region: str) -> dict[str, str]:
    """Return the values of those that names are made with."""
    return {
        "AWS::StackName": stack_name,
        "AWS::AccountId": account,
        "AWS::Region": region,
        "AWS::Partition": partition(region),
    }


def scope_of(stack: SynthesisedStack, template: Template) -> Scope:
    """Return the scope of a stack of ours, whose templates use no parameters, with its wanted or deployed template."""
    return Scope(template, stack.region, pseudo_parameters(stack.name, stack.account, stack.region))


class IntrinsicEvaluator:
    """
    Resolves the intrinsic functions that identities and records are written with.

    Args:
        stacks: Stacks whose outputs others may read.
        account: The account of the identities.
        tokens: DKIM records as SES has them.
        identities: Logical id to domain, for outputs of other stacks: the CDK makes their names of it.
    """

    def __init__(
        self,
        stacks: Iterable[SynthesisedStack],
        account: str,
        tokens: Tokens,
        identities: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._stacks = {(stack.name, stack.region): stack for stack in stacks}
        self._account = account
        self._tokens = tokens
        self._identities = identities

    def resolve(self, value: Any, scope: Scope) -> str | Unresolved:
        """Return the text that a value becomes: a text itself, or an intrinsic function."""
        if isinstance(value, str):
            return value
        if not isinstance(value, Mapping) or len(value) != 1:
            return Unresolved.UNKNOWN
        ((function, argument),) = value.items()
        resolve = {
            "Ref": self._reference,
            "Fn::Join": self._joined,
            "Fn::Sub": self._substituted,
            "Fn::GetAtt": self._attribute,
            "Fn::GetStackOutput": self._output,
        }.get(function)
        return resolve(argument, scope) if resolve else Unresolved.UNKNOWN

    def _reference(self, name: Any, scope: Scope) -> str | Unresolved:
        if name in scope.refs:
            return scope.refs[name]
        return self.resolve(_identity_of(name, scope), scope)

    def _joined(self, argument: Any, scope: Scope) -> str | Unresolved:
        separator, parts = argument
        if not isinstance(parts, list):
            return Unresolved.UNKNOWN
        return _join(separator, [self.resolve(part, scope) for part in parts])

    def _substituted(self, argument: Any, scope: Scope) -> str | Unresolved:
        text, given = (argument, {}) if isinstance(argument, str) else argument
        # Literal text and names of variables take turns.
        parts = [
            self._variable(part, given, scope) if is_name else part
            for part, is_name in zip(VARIABLE.split(text), itertools.cycle((False, True)), strict=False)
        ]
        return _join("", parts)

    def _variable(self, name: str, given: Mapping[str, Any], scope: Scope) -> str | Unresolved:
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in given:
            return self.resolve(given[name], scope)
        return self._attribute(name, scope) if "." in name else self._reference(name, scope)

    def _attribute(self, argument: Any, scope: Scope) -> str | Unresolved:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        domain = self._reference(name, scope)
        if not isinstance(domain, str):
            return Unresolved.UNKNOWN
        return self._token(scope.region, domain, str(attribute))

    def _token(self, region: str, domain: str, attribute: str) -> str | Unresolved:
        """Return name or target of a DKIM record, as an attribute of its identity names it."""
        found = DKIM_ATTRIBUTE.fullmatch(attribute)
        pairs = self._tokens(region, identity_name(domain)) if found else None
        if found is None or pairs is None:
            return Unresolved.UNKNOWN
        number = int(found[2]) - 1
        return pairs[number][found[1] == "Value"] if number < len(pairs) else Unresolved.NOWHERE

    def _output(self, argument: Any, scope: Scope) -> str | Unresolved:
        name = str(argument.get("OutputName"))
        producer = self._stacks.get((argument.get("StackName"), argument.get("Region", scope.region)))
        if producer and (output := producer.template.get("Outputs", {}).get(name)):
            return self.resolve(output.get("Value"), scope_of(producer, producer.template))
        # Of another stack, or of an identity that the stack is to have no longer.
        role = self.resolve(argument.get("RoleArn"), scope)
        # Tokens are drawn anew for each account, so that those of another account name no record of this one.
        is_elsewhere = isinstance(role, str) and f"::{self._account}:" not in role
        if is_elsewhere:
            return Unresolved.NOWHERE if DKIM_ATTRIBUTE.search(name) else Unresolved.UNKNOWN
        found = DKIM_OUTPUT.search(name)
        domain = self._identities.get(found[1]) if found else None
        region = str(argument.get("Region", scope.region))
        return self._token(region, domain, found[2]) if found and domain else Unresolved.UNKNOWN


def outputs_read(value: Any) -> Iterator[tuple[str, str]]:
    """Yield stack and name of every output that a value reads."""
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    if isinstance(value, Mapping) and isinstance(output := value.get("Fn::GetStackOutput"), Mapping):
        yield str(output.get("StackName")), str(output.get("OutputName"))
    for child in children:
        yield from outputs_read(child)


def _identity_of(logical_id: str, scope: Scope) -> Any:
    """Return what names an identity of the template; None if that is not an identity."""
    resource = scope.template.get("Resources", {}).get(logical_id, {})
    return resource["Properties"].get("EmailIdentity") if resource.get("Type") == IDENTITY else None


def _join(separator: str, parts: Sequence[str | Unresolved]) -> str | Unresolved:
    unresolved = {part for part in parts if isinstance(part, Unresolved)}
    if unresolved:
        return Unresolved.NOWHERE if Unresolved.NOWHERE in unresolved else Unresolved.UNKNOWN
    return separator.join(map(str, parts))
