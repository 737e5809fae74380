"""What ``--allow`` lets a deployment lose: a resource, or everything of a domain that left the files."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from mailproof.model.dmarc import agreed_domain
from mailproof.model.names import dmarc_domain, longest_containing
from mailproof.model.resources import identity_id
from mailproof.template.losses import Loss


def words_of(losses: Iterable[Loss], allowed: Collection[str], listed: Collection[str]) -> Mapping[str, str]:
    """
    Say in which words ``--allow`` lets losses pass.

    A domain stands for all of its resources, where it has more than one and no file lists it any more, or where
    somebody has said so.

    Args:
        losses: Of all stacks.
        allowed: What ``--allow`` was given.
        listed: Domains that the files list.

    Returns:
        Switch of a loss to the domain that stands for it.
    """
    found = list(losses)
    owners = _Owners(listed, allowed, found)
    domains = {loss.switch: domain for loss in found if (domain := owners.of_loss(loss))}
    counts = Counter(domains.values())
    return {
        switch: domain
        for switch, domain in domains.items()
        if domain in allowed or (domain not in listed and counts[domain] > 1)
    }


class _Owners:
    """Tells to which domain a record belongs: of all that are known, the longest that contains its name."""

    def __init__(self, listed: Iterable[str], allowed: Iterable[str], losses: Iterable[Loss]) -> None:
        domains = {*listed, *(word for word in allowed if ":" not in word)}
        domains |= {_domain(name) for loss in losses for name in loss.domains}
        self._domains = dict.fromkeys(domains)
        self._by_id = {identity_id(domain): domain for domain in domains}

    def of_loss(self, loss: Loss) -> str:
        """Return the domain to which all of a loss belongs; empty if there is no such one."""
        owners = {self._of_name(name) for name in loss.names}
        return owners.pop() if len(owners) == 1 else ""

    def _of_name(self, name: str) -> str:
        if name in self._by_id:  # a DKIM record, of whose identity another stack tells no more
            return self._by_id[name]
        return agreed_domain(name) or dmarc_domain(name) or longest_containing(_domain(name), self._domains) or ""


def _domain(name: str) -> str:
    """Return the domain of an identity: of an address, that to which it belongs."""
    return name.rpartition("@")[2]
