"""Changes of how live identities sign: mail leaves unsigned, or signed with a key that receivers do not find."""

import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailproof.model.names import DKIM_LABEL, dkim_name, host_name
from mailproof.model.txt import unquote_txt
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import (
    RecordKey,
    Resource,
    Template,
    as_text,
    live_resources,
    parent_region,
    record_sets,
)
from mailproof.template.identities import is_signing, own_selector, properties_of, staying_identities
from mailproof.template.losses import Fate, Loss

ACCEPT_GAP = "--accept-unsigned-gap"


class Way(StrEnum):
    """How an identity signs."""

    EASY = "keys of SES"
    OWN = "a key of your own"
    SELF = "the sender's own signature"
    REPLICA = "the key of another region"


@dataclass(frozen=True, slots=True)
class KeySwitch:
    """
    A live identity that would sign with another own key.

    Attributes:
        logical_id: Of the identity.
        domain: Its domain.
        old: Selector now.
        new: Selector to come.
        options: Of commands about the environment: its folder, and the profile.
    """

    logical_id: str
    domain: str
    old: str
    new: str
    options: tuple[str, ...] = ()

    @property
    def record(self) -> RecordKey:
        """Name and type of the record of the new key."""
        return dkim_name(self.new.lower(), self.domain), "TXT"

    def is_prepared(self, records: Collection[RecordKey]) -> bool:
        """Tell whether the record of the new key is among some."""
        return self.record in records

    def loss(self, stack: SynthesisedStack, wanted: Collection[RecordKey]) -> Loss:  # noqa: ARG002 -- as of MAIL FROM
        """
        Say what becomes of mail, and which way there is.

        Args:
            stack: The stack.
            wanted: The records that all stacks are to hold.
        """
        change = f"identity {self.domain!r}, from selector {self.old} to {self.new}"
        rotate = _rotate(stack, self.domain, self.options)
        way = f"`{rotate}` publishes it first, and changes region by region"
        return Loss(stack.path, self.logical_id, Fate.UNPUBLISHED, (f"{change}; {way}",))


def find_key_switches(
    deployed: Template, wanted: Template, records: Collection[RecordKey], options: Sequence[str] = ()
) -> Iterator[KeySwitch]:
    """
    Find the live identities whose own key would be exchanged.

    Args:
        deployed: The template in force.
        wanted: The template to deploy.
        records: That all stacks are to hold: of a record that a person enters elsewhere, no template tells.
        options: Of the command that is told.
    """
    for logical_id, domain, before, after in staying_identities(deployed, wanted):
        old, new = (own_selector(properties_of(identity)) for identity in (before, after))
        switch = KeySwitch(logical_id, domain, old, new, tuple(options))
        if _way(before) is _way(after) is Way.OWN and old != new and switch.record in records:
            yield switch


def find_exchanged_keys(stack: SynthesisedStack, deployed: Template, options: Sequence[str] = ()) -> Iterator[Loss]:
    """
    Find the records of own keys that would hold another key; to revoke one is another matter.

    Regions sign with the old key until they are deployed, and receivers keep its record for a while.

    Args:
        stack: As it is to be.
        deployed: The template in force.
        options: Of the command that is told.
    """
    wanted = dict(_own_keys(stack.template))
    for (logical_id, name), key in _own_keys(deployed):
        if key and wanted.get((logical_id, name), key) not in {key, ""}:
            domain = name.partition(DKIM_LABEL)[2]
            rotate = _rotate(stack, domain, options)
            words = f"TXT record {name!r}; give the new key a selector of its own: `{rotate} --begin` makes one"
            yield Loss(stack.path, logical_id, Fate.EXCHANGED, (words,))


def _rotate(stack: SynthesisedStack, domain: str, options: Sequence[str]) -> str:
    return shlex.join(["mailproof", "dkim", "rotate", stack.environment, domain, *options])


def _own_keys(template: Template) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield logical id and name of each record of an own key, and the key."""
    for logical_id, resource in live_resources(template).items():
        for record in record_sets(resource):
            name, values = as_text(record.get("Name")), record.get("ResourceRecords")
            if record.get("Type") == "TXT" and DKIM_LABEL in name and isinstance(values, list) and values:
                yield (logical_id, host_name(name)), unquote_txt(str(values[0])).rpartition("p=")[2]


def find_gaps(stack: str, deployed: Template, wanted: Template) -> Iterator[str]:
    """
    Say which live identities would sign in another way, and leave mail unsigned until that is verified.

    Args:
        stack: Id of the stack, for what is said.
        deployed: The template in force.
        wanted: The template to deploy.

    Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-bring-your-own.html
    """
    for logical_id, domain, before, after in staying_identities(deployed, wanted):
        old, new = _way(before), _way(after)
        if old is new or (Way.REPLICA in (old, new) and new is not Way.OWN):
            continue  # the latter is refused: see `mailproof.template.replicas`
        change = f"{stack}: {logical_id}: identity {domain!r} would change from {old} to {new}"
        if Way.SELF in (old, new):
            yield f"{change}: the sender has to change in the same moment, or mail leaves unsigned or is refused"
        else:
            yield f"{change}: SES signs with neither until it has found the new record, and mail leaves unsigned"


def signs_with_own_key(identity: Resource) -> bool:
    """Tell whether an identity of a template is to sign with a key of one's own."""
    return bool(own_selector(properties_of(identity)))


def _way(identity: Resource) -> Way:
    if parent_region(identity):
        return Way.REPLICA
    if not is_signing(properties_of(identity)):
        return Way.SELF
    return Way.OWN if signs_with_own_key(identity) else Way.EASY
