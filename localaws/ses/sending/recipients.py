"""
Where a message to an address ends: at a receiver on this machine, in the mailbox simulator, or nowhere.

Source: Amazon SES developer guide, send-an-email-from-console ("Using the mailbox simulator").
"""

from mailproof.localaws.inbox.inboxes import find_inbox

SIMULATOR = "simulator.amazonses.com"
SIMULATED = {
    "success": "delivered",
    "bounce": "bounced",
    "complaint": "delivered, then complained about",
    "ooto": "delivered, then answered out of office",
    "suppressionlist": "bounced, as on the suppression list",
}


def is_simulated(address: str) -> bool:
    """Tell whether an address is one of the simulator; each may have a label: bounce+label@."""
    local, _, domain = address.lower().rpartition("@")
    return domain == SIMULATOR and local.partition("+")[0] in SIMULATED


def simulated(address: str) -> str:
    """Return which address of the simulator one is: ``bounce``; empty for any other."""
    return address.lower().partition("@")[0].partition("+")[0] if is_simulated(address) else ""


def outcome_without_delivery(address: str) -> str:
    """Return what becomes of mail to an address that has no receiver here; empty for one that has."""
    domain = address.lower().rpartition("@")[2]
    if name := simulated(address):
        return SIMULATED[name]
    return "" if find_inbox(domain) else f"not delivered: localaws has no inbox for {domain}"
