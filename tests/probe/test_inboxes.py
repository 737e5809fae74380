"""Inboxes are only read: a Maildir, an IMAP server, and what a receipt rule puts into S3."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailproof.change.errors import CommandError
from mailproof.probe.inboxes import S3, Imap, Maildir
from mailproof.probe.reading import mark_of
from tests.localaws.world import World

TOKEN = "mailproof-0a1b"
MESSAGE = f"Subject: {TOKEN} shop.example\r\n\r\nHi.\r\n".encode()


class ImapServer:
    """Answers what a client asks of an inbox with two messages, one of which is looked for."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb", buffering=0) as stream:
                stream.write(b"* OK ready\r\n")
                for line in stream:
                    tag, _, command = line.decode().strip().partition(" ")
                    self.said.append(command)
                    stream.write(self._answer(command) + f"{tag} {self._state(command)} done\r\n".encode())
                    if command == "LOGOUT":
                        break

    @staticmethod
    def _state(command: str) -> str:
        return "NO" if "wrong" in command else "OK"

    @staticmethod
    def _answer(command: str) -> bytes:
        if command.startswith("CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command.startswith("UID SEARCH"):
            return b"* SEARCH 7\r\n" if TOKEN in command else b"* SEARCH\r\n"
        if command.startswith("UID FETCH"):
            return f"* 1 FETCH (UID 7 BODY[] {{{len(MESSAGE)}}}\r\n".encode() + MESSAGE + b")\r\n"
        return b"* 2 EXISTS\r\n" if command.startswith("EXAMINE") else b""

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def server() -> Iterator[ImapServer]:
    """A server on this machine."""
    made = ImapServer()
    yield made
    made.close()


@pytest.mark.parametrize("message", [b"", b"no header\n", b"X: 1\n" * 3000, b"\0\xff\n" + MESSAGE, MESSAGE])
def test_what_is_no_message_of_a_run_ends_nothing(message: bytes) -> None:
    """Anybody may put anything into an inbox while a run waits."""
    assert mark_of(message) == ""


def test_imap_is_examined_and_peeked_at(server: ImapServer) -> None:
    """A message is found once, by its subject, and stays unread."""
    inbox = Imap(f"127.0.0.1:{server.port}", "me", "secret", ["INBOX", "Junk"])
    assert list(inbox.find(TOKEN)) == [MESSAGE] * 2  # one of each folder
    assert list(inbox.find(TOKEN)) == []
    assert 'EXAMINE "Junk"' in server.said
    assert "UID FETCH 7 (BODY.PEEK[])" in server.said
    kinds = {" ".join(said.split()[: 2 if said.startswith("UID") else 1]) for said in server.said}
    assert kinds == {"CAPABILITY", "LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH", "LOGOUT"}


def test_an_imap_server_that_refuses_is_quoted_without_the_password(server: ImapServer) -> None:
    """And one that does not listen is named."""
    with pytest.raises(CommandError, match="as wrong: done") as refused:
        list(Imap(f"127.0.0.1:{server.port}", "wrong", "secret").find(TOKEN))
    assert "secret" not in str(refused.value)
    assert refused.value.exit_code == 3


@pytest.mark.parametrize(("host", "folder"), [("mail.example:imap", "INBOX"), ("127.0.0.1:{}", "Entwürfe")])
def test_what_imap_cannot_be_asked_is_a_usage_error(server: ImapServer, host: str, folder: str) -> None:
    """A port that is none, and a folder outside ASCII."""
    with pytest.raises(CommandError, match="--imap: ") as refused:
        list(Imap(host.format(server.port), "me", "secret", [folder]).find(TOKEN))
    assert refused.value.exit_code == 2


def test_a_maildir_is_read_as_it_is(tmp_path: Path) -> None:
    """A message that a mail program moves and marks meanwhile is not found again."""
    with pytest.raises(CommandError, match="is no Maildir"):
        Maildir(tmp_path)
    for part in ("new", "cur", "tmp", ".Junk/new", ".Junk/cur"):
        (tmp_path / part).mkdir(parents=True)
    (tmp_path / "new/1").write_bytes(MESSAGE)
    (tmp_path / "new/2").write_bytes(b"Subject: other\n\n")
    (tmp_path / ".Junk/cur/3:2,S").write_bytes(MESSAGE)
    inbox = Maildir(tmp_path)
    assert list(inbox.find(TOKEN)) == [MESSAGE] * 2
    (tmp_path / "new/1").rename(tmp_path / "cur/1:2,S")
    assert list(inbox.find(TOKEN)) == []


def test_objects_of_a_receipt_rule_are_read(world: World) -> None:
    """Those below the prefix that are not older than the run; a bucket that is not there is named."""
    s3 = world.client("s3")
    s3.create_bucket(Bucket=f"mail-{world.account}")
    for key in ("in/1", "other/2"):
        s3.put_object(Bucket=f"mail-{world.account}", Key=key, Body=MESSAGE)
    now = datetime.now(UTC)
    inbox = S3(lambda: s3, f"mail-{world.account}", "in/", now - timedelta(minutes=1))
    assert list(inbox.find(TOKEN)) == [MESSAGE]
    assert list(inbox.find(TOKEN)) == []
    assert list(S3(lambda: s3, f"mail-{world.account}", "in/", now + timedelta(hours=1)).find(TOKEN)) == []
    with pytest.raises(CommandError, match=r"--s3: nowhere/in/: .*NoSuchBucket"):
        list(S3(lambda: s3, "nowhere", "in/", now).find(TOKEN))
