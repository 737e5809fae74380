"""
The identity for which a message is sent, its MAIL FROM name and who signs.

Source: Amazon SES developer guide, creating-identities (the most specific identity counts; a domain covers what is
below it) and mail-from. Inferred: an identity that is not verified is passed over.
"""

from collections.abc import Iterator

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.names import ancestors
from mailproof.localaws.regions import mail_from_host
from mailproof.localaws.ses.identities import find_identity
from mailproof.localaws.ses.model import Identity
from mailproof.localaws.ses.sending.signing import Signer, signer_of
from mailproof.localaws.ses.status import refresh
from mailproof.localaws.upstream import responses

# API_SendEmail (SES v1), Errors.
_NO_MX = (
    "Indicates that the message could not be sent because Amazon SES could not read the MX record required to use the "
    "specified MAIL FROM domain."
)


def find_sender(address: str) -> Identity | None:
    """Return the most specific verified identity for an address, of the caller's account and region."""
    return next(_verified(address, *ancestors(_domain(address))), None)


def find_signer(address: str) -> Signer | None:
    """
    Return who signs for an address: its domain, or the nearest above it that is verified.

    An identity of the address itself has no key. It can only switch signing off.
    """
    own = next(_verified(address), None)
    domain = next(_verified(*ancestors(_domain(address))), None)
    return signer_of(domain) if domain and not (own and own["Dkim"]["SwitchedOff"]) else None


def mail_from_domain(identity: Identity) -> str:
    """
    Return the domain of the envelope's sender: the MAIL FROM name while its MX is found, else that of SES.

    Raises:
        ServiceError: It is not found, and the identity asks that mail is refused then.
    """
    chosen = identity["MailFrom"]
    if not chosen["MailFromDomain"]:
        return mail_from_host(responses.get_region())
    if identity["MailFromSearch"]["Status"] == "SUCCESS":
        return chosen["MailFromDomain"]
    if chosen["BehaviorOnMxFailure"] == "REJECT_MESSAGE":
        raise ServiceError("MailFromDomainNotVerifiedException", _NO_MX)
    return mail_from_host(responses.get_region())


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _verified(*names: str) -> Iterator[Identity]:
    for name in names:
        if identity := find_identity(name):
            refresh(identity)
            if identity["VerifiedForSendingStatus"]:
                yield identity
