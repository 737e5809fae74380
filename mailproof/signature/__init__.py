"""Sign raw messages with a key of one's own, so that the signature still verifies after SES has sent them."""

from mailproof.signature.key import SigningKey, fetch_signing_key
from mailproof.signature.sending import Sending, fetch_sending
from mailproof.signature.sign import sign

__all__ = ["Sending", "SigningKey", "fetch_sending", "fetch_signing_key", "sign"]
