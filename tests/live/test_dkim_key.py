"""What a text that is not a key record was meant to be."""

import pytest

from mailproof.live.answer import Txt
from mailproof.live.dkim_key import key_fault, repaired_key

KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq"
    "631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
)
RIGHT = f"v=DKIM1; k=rsa; p={KEY}"


@pytest.mark.parametrize(
    "text",
    [
        f'"{RIGHT}"',
        f"v=DKIM1\\; k=rsa\\; p={KEY}",
        f"v=DKIM1 k=rsa p={KEY}",
        f"v:DKIM1; k:rsa; p:{KEY}",
        f"k=rsa; v=DKIM1; p={KEY}",
        f"v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----{KEY}-----END PUBLIC KEY-----",
        KEY,
        f"{KEY[:60]} {KEY[60:]}",
    ],
)
def test_a_key_record_is_mended(text: str) -> None:
    """The key itself is never guessed."""
    assert key_fault(text)
    assert sorted((repaired_key(Txt((text,))) or "").split("; ")) == sorted(RIGHT.split("; "))


@pytest.mark.parametrize("text", ["", "v=DKIM1; p=", f"v=DKIM1; p={KEY[:60]}", "other-verification=1", RIGHT])
def test_what_holds_no_key_or_no_fault_is_left(text: str) -> None:
    """A key that was cut is known to its owner alone."""
    assert repaired_key(Txt((text,))) is None


@pytest.mark.parametrize(("tags", "is_right"), [("h=sha1", 0), ("h=sha1:SHA256", 1), ("s=tlsrpt", 0), ("s=email", 1)])
def test_a_key_that_is_not_for_signatures_of_today_is_none(tags: str, *, is_right: int) -> None:
    """Mail is signed by SHA-256 alone, and a key for another service is no key for mail."""
    assert bool(key_fault(f"v=DKIM1; {tags}; p={KEY}")) is not bool(is_right)
