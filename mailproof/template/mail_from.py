"""Changes of the MAIL FROM name of live identities whose records are not deployed yet: SES would not find them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from mailproof.model.domain import REGION_PLACEHOLDER, REJECT
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import RecordKey, Template, record_keys
from mailproof.template.identities import mail_from, properties_of, staying_identities
from mailproof.template.losses import Fate, Loss

TYPES = ("MX", "TXT")
REFUSED = "SES refuses its mail until it has found them (on_mx_failure: reject_message)"
UNALIGNED = "SES sends with a name of its own until it has found them, and SPF does not align"


@dataclass(frozen=True, slots=True)
class Switch:
    """
    A live identity that would take another MAIL FROM name.

    Attributes:
        logical_id: Of the identity.
        domain: Its domain.
        old: The name now; empty if there is none.
        new: The name to come.
        is_refusing: Whether SES refuses mail until it has found the records of the new name.
    """

    logical_id: str
    domain: str
    old: str
    new: str
    is_refusing: bool

    def is_prepared(self, records: Collection[RecordKey]) -> bool:
        """Tell whether the records of the new name are among some."""
        return all((self.new, rdtype) in records for rdtype in TYPES)

    def loss(self, stack: SynthesisedStack, wanted: Collection[RecordKey]) -> Loss:
        """
        Say what becomes of mail, and which way there is.

        Args:
            stack: The stack.
            wanted: The records that all stacks are to hold.
        """
        old, new = (f"'{name.replace(stack.region, REGION_PLACEHOLDER)}'" for name in (self.old, self.new))
        if not self.old:
            way = "deploy with `on_mx_failure: use_default_value` first"
        else:
            way = f"write `mail_from: {{name: {old}, also: [{new}]}}` and roll that out first"
            if not self.is_prepared(wanted):
                way += (
                    ", enter its records at the DNS provider that answers now, "
                    "and wait until `mailproof check` finds them right"
                )
        change = f"identity {self.domain!r}, from {self.old or 'none'} to {self.new}"
        words = f"{change}: {REFUSED if self.is_refusing else UNALIGNED}; {way}"
        return Loss(stack.path, self.logical_id, Fate.UNPREPARED, (words,))


@dataclass(frozen=True, slots=True)
class LeftName:
    """
    The MAIL FROM name of a live identity that would take another one, or none.

    Attributes:
        logical_id: Of the identity.
        domain: Its domain.
        name: The name that it uses until it is updated.
        new: The name to come; empty if there is none.
        is_refusing: Whether SES refuses mail, until then, while it does not find the MX.
    """

    logical_id: str
    domain: str
    name: str
    new: str
    is_refusing: bool

    def bereft_by(self, loss: Loss, stack: SynthesisedStack) -> str:
        """
        Say what becomes of mail if the records of the name go before the identity is updated, and which way there is.

        Args:
            loss: That would take them.
            stack: The identity's.
        """
        old, new = (f"'{name.replace(stack.region, REGION_PLACEHOLDER)}'" for name in (self.name, self.new))
        meanwhile = "SES refuses its mail" if self.is_refusing else "SPF does not align"
        way = (
            f"write `mail_from: {{name: {new}, also: [{old}]}}`, roll that out, and take the old name out after it"
            if self.new
            else "write `on_mx_failure: use_default_value` and roll that out first"
        )
        what = f"identity {self.domain!r} uses MAIL FROM name {self.name!r} until it is updated"
        return f"{stack.path}: {self.logical_id}: {what}, and {loss.switch} goes before: {meanwhile} meanwhile; {way}"


def find_left_names(deployed: Template, wanted: Template) -> Iterator[LeftName]:
    """
    Find the MAIL FROM names that live identities would give up, and need until they are updated.

    Without one in future, only mail that SES would refuse is the worse for it: nothing aligns by SPF from then on.
    """
    for logical_id, domain, before, after in staying_identities(deployed, wanted):
        (old, behaviour), (new, _) = (mail_from(properties_of(identity)) for identity in (before, after))
        is_refusing = behaviour == REJECT
        if old and new != old and (new or is_refusing):
            yield LeftName(logical_id, domain, old, new, is_refusing)


def find_switches(deployed: Template, wanted: Template) -> Iterator[Switch]:
    """
    Find the live identities whose MAIL FROM name would change.

    One that has none now loses nothing by a name, unless SES is to refuse mail while it has not found its records.
    """
    for logical_id, domain, before, after in staying_identities(deployed, wanted):
        (old, _), (new, behaviour) = (mail_from(properties_of(identity)) for identity in (before, after))
        is_refusing = behaviour == REJECT
        if new and new != old and (old or is_refusing):
            yield Switch(logical_id, domain, old, new, is_refusing)


def all_records(templates: Iterable[Template], without: Collection[str] = ()) -> frozenset[RecordKey]:
    """Return name and type of every record in templates, but of those in some hosted zones."""
    return frozenset(key for template in templates for key in record_keys(template, without))
