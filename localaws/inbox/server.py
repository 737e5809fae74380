"""One receiver: takes mail by SMTP, has mailauth judge it, and keeps it in a Maildir."""

import asyncio
import email.utils
import mailbox
from typing import Any

from mailproof.localaws.inbox.mailauth import Mailauth
from mailproof.localaws.ports import HOST

_PROXY_TIMEOUT_S = 5.0
_TOO_LARGE_BYTES = 50 * 1024 * 1024


class Inbox:
    """
    The receiver of a domain.

    Args:
        domain: For which it takes mail.
        maildir: Folder where it keeps it; made if it is not there.
        mailauth: Writes Authentication-Results; None writes none.
    """

    def __init__(self, domain: str, maildir: str, mailauth: Mailauth | None) -> None:
        self._domain = domain
        self._maildir = mailbox.Maildir(maildir, create=True)
        self._mailauth = mailauth
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def host(self) -> str:
        """Its name, also in Authentication-Results."""
        return f"mx.{self._domain}"

    async def start(self) -> None:
        """Begin to listen."""
        from aiosmtpd.smtp import SMTP  # noqa: PLC0415 -- only mail needs it

        options: dict[str, Any] = {
            "hostname": self.host,
            "proxy_protocol_timeout": _PROXY_TIMEOUT_S,
            "data_size_limit": _TOO_LARGE_BYTES,
        }
        self._server = await asyncio.get_running_loop().create_server(lambda: SMTP(self, **options), HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()

    async def handle_PROXY(self, _server: Any, _session: Any, _envelope: Any, _proxy: Any) -> bool:  # noqa: N802 -- aiosmtpd's
        """Believe who connects: it is on this machine."""
        return True

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's
        """Keep a message."""
        address = str(session.proxy_data.src_addr)
        sender = envelope.mail_from.strip("<>")  # of a bounce, aiosmtpd leaves the brackets of an empty one
        peer = {"ip": address, "helo": session.host_name, "sender": sender, "mta": self.host}
        judged = await self._mailauth.judge(envelope.content, peer) if self._mailauth else b""
        named, recipients = session.host_name, ", ".join(f"<{address}>" for address in envelope.rcpt_tos)
        received = f"Received: from {named} ({named} [{address}])\r\n by {self.host} with ESMTP for {recipients};"
        trace = f"{received}\r\n {email.utils.formatdate()}\r\n".encode()
        kept = f"Return-Path: <{sender}>\r\n".encode() + judged + trace + envelope.content
        self._maildir.add(kept.replace(b"\r\n", b"\n"))
        return "250 kept"
