"""
Drift: resources of deployed stacks that are gone, or differ from the template.

CloudFormation itself does not look: it takes what it has made for there until it touches it again.
"""

from dataclasses import dataclass

from mailproof.check.identity_settings import Setting
from mailproof.live.answer import Unanswered
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.route53 import RecordSet
from mailproof.model.names import DKIM_LABEL
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.records import TemplateRecord

NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """
    A resource whose live state differs from its stack's template.

    Attributes:
        stack: With the template in force.
        logical_id: Of its resource.
        domain: The sending domain that it is of.
        expected: What the stack holds.
        observed: What there is.
    """

    stack: SynthesisedStack
    logical_id: str
    domain: str
    expected: str
    observed: str

    @property
    def place(self) -> tuple[str, str]:
        """Region and domain."""
        return self.stack.region, self.domain

    @property
    def subject(self) -> str:
        """What it is about."""
        raise NotImplementedError

    @property
    def holder(self) -> str:
        """The resource that holds it."""
        return f"stack {self.stack.name} in {self.stack.region} ({self.logical_id})"

    def __str__(self) -> str:
        """Say what is wrong, for people."""
        return f"{self.subject}: {self.holder} holds {self.expected}; found: {self.observed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityGone(Drift):
    """An identity that is not there any more."""

    @property
    def subject(self) -> str:
        """The identity and its region."""
        return f"identity {self.domain!r} in {self.stack.region}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChanged(Drift):
    """
    An identity that is set up in another way.

    Attributes:
        setting: That differs.
    """

    setting: Setting

    @property
    def subject(self) -> str:
        """The identity and its region."""
        return f"identity {self.domain!r} in {self.stack.region}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityReplaced(Drift):
    """
    An identity that was deleted and recreated outside its stack, which holds the DKIM records of the earlier one.

    Attributes:
        has_live_group: Whether a DKIM record of the new one is live, of which a stack has the earlier one in a group.
    """

    has_live_group: bool = False

    @property
    def subject(self) -> str:
        """The identity and its region."""
        return f"identity {self.domain!r} in {self.stack.region}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDrift(Drift):
    """
    A record that is gone, or another.

    Attributes:
        record: As the stack holds it.
        found: What there is in its place: of the same name and type, or a CNAME; empty if there is nothing.
    """

    record: TemplateRecord
    found: tuple[RecordSet, ...] = ()

    @property
    def subject(self) -> str:
        """The record and its zone."""
        return f"{self.record.words} in zone {self.record.zone_id}"

    @property
    def is_dkim(self) -> bool:
        """Whether it is one of DKIM."""
        return DKIM_LABEL in self.record.name

    @property
    def is_simple(self) -> bool:
        """Whether what there is can be replaced in one batch: one record set of this type, without routing or alias."""
        same_type = all(found.type == self.record.type and not found.extras for found in self.found)
        return same_type and len(self.found) <= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished(Drift):
    """A stack out of which a repair that was interrupted has taken something."""

    @property
    def subject(self) -> str:
        """The stack."""
        return f"stack {self.stack.name} in {self.stack.region}"

    def __str__(self) -> str:
        """Say what is left to do."""
        return f"{self.subject}: an interrupted repair has yet to put back {self.expected}"


@dataclass(frozen=True, slots=True)
class Unasked:
    """
    Something that could not be asked.

    Attributes:
        stack: About which stack.
        operation: Of AWS: ``ses:GetEmailIdentity``.
        why: What came instead.
        subject: The domain, or the id of the hosted zone; empty if it is the stack itself.
    """

    stack: SynthesisedStack
    operation: str
    why: Unanswered
    subject: str = ""

    def __str__(self) -> str:
        """Say it, with what to do."""
        whom = f"{self.operation} for {self.subject}" if self.subject else self.operation
        return f"{self.stack.path}: {could_not_ask(whom, self.why, self.stack.region)}"


@dataclass(frozen=True, slots=True)
class DriftReport:
    """
    What was found.

    Attributes:
        drifts: In the order of the stacks.
        unanswered: What could not be asked.
        skipped: Ids of stacks at work, or in a state in which others say what is wrong.
        stacks: Those that were looked at, with the templates in force.
    """

    drifts: tuple[Drift, ...] = ()
    unanswered: tuple[Unasked, ...] = ()
    skipped: tuple[str, ...] = ()
    stacks: tuple[SynthesisedStack, ...] = ()
