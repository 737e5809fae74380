"""One message of the corpus, and what it is."""

from dataclasses import dataclass
from enum import StrEnum

SES_IP, OTHER_IP = "54.240.8.12", "9.9.9.9"
PASS, FAIL, NONE, OPEN, TEMPORARY = "pass", "fail", "none", "not judged", "temperror"

MESSAGE = """\
From: Shop <shop@example.com>
To: you@receiver.example
Subject: Your order
Date: Sat, 28 Nov 2026 10:00:00 +0000
Message-ID: <0102@eu-west-1.amazonses.com>
Feedback-ID: ::1.eu-west-1.abc=:AmazonSES
MIME-Version: 1.0
Content-Type: text/plain

Hello,
this  is your order.
"""


ENVIRONMENT = """\
account: "111122223333"
regions: [eu-west-1]
zones: {example.com: {id: Z1}}
domains:
  - {name: example.com, mail_from: bounce, dmarc: {policy: reject}}
"""
HOP = """\
Received: from a8-12.smtp-out.eu-west-1.amazonses.com ([{}])
 by mx.receiver.example with ESMTPS; Sat, 28 Nov 2026 10:00:01 +0000"""


class Judge(StrEnum):
    """Who judges beside us."""

    MAILAUTH = "mailauth"
    """All, npm."""
    HARAKA = "haraka-plugin-dkim"
    """DKIM, npm."""
    SPFTRACE = "spftrace"
    """SPF, PyPI."""
    MAIL_DKIM = "Mail::DKIM"
    """DKIM, CPAN; `bench/explain.py` asks it."""
    MAIL_SPF = "Mail::SPF"
    """SPF, CPAN; likewise."""
    MAIL_DMARC = "Mail::DMARC"
    """DMARC, CPAN; likewise. It is told our verdicts on DKIM and SPF."""


@dataclass(frozen=True, slots=True)
class Case:
    """
    A message, and what it is.

    Attributes:
        name: In the test's id.
        text: The message as it arrived, but for what the receiver adds.
        sender: Envelope sender; None leaves Return-Path out.
        address: That it came from; empty leaves Received out.
        dmarc: The verdict.
        cause: Id of the first cause; empty if there is none.
    """

    name: str
    text: str
    sender: str | None = "0102@bounce.example.com"
    address: str = SES_IP
    dmarc: str = PASS
    cause: str = ""

    @property
    def client(self) -> str:
        """Return the address as those are told it that do not read it off the message."""
        return self.address.removeprefix("IPv6:") or SES_IP

    @property
    def message(self) -> bytes:
        """Return the message as it lies in the inbox."""
        path = "" if self.sender is None else f"Return-Path: <{self.sender}>\n"
        hop = f"{HOP.format(self.address)}\n"
        return f"{path}{hop if self.address else ''}{self.text}".replace("\n", "\r\n").encode()
