"""Where messages of a run are looked for. Everything is read only: nothing is deleted, moved or marked."""

import imaplib
import ipaddress
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from mailproof.change.errors import CommandError
from mailproof.exit_codes import UNANSWERED, USAGE
from mailproof.live.aws.objects import list_objects, read_object

IMAP_PORT, IMAPS_PORT = 143, 993
IMAP_TIMEOUT_S = 30.0
SMALL_BYTES = 1_000_000  # a probe has a few thousand


class Inbox(Protocol):
    """A place where messages arrive."""

    def find(self, token: str) -> Iterator[bytes]:
        """
        Yield the messages with a word in their headers that were not there the last time.

        Raises:
            CommandError: It cannot be read.
        """
        ...


class Maildir:
    """
    A Maildir, and the folders that are in it.

    Args:
        folder: Its path.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
            raise CommandError(f"--maildir: {folder} is no Maildir, which has the folders new and cur", USAGE)
        self._folder = folder
        self._seen: set[str] = set()

    def find(self, token: str) -> Iterator[bytes]:
        """Yield messages that were not there the last time."""
        for path in sorted(path for part in ("new", "cur") for path in self._folder.glob(f"**/{part}/*")):
            name = path.name.partition(":")[0]  # what follows are flags, which a mail program changes
            if name in self._seen:
                continue
            self._seen.add(name)
            with suppress(FileNotFoundError):  # moved by a mail program meanwhile
                if path.stat().st_size < SMALL_BYTES and token.encode() in (message := path.read_bytes()):
                    yield message


class Imap:
    """
    Folders of an IMAP server, by TLS; without it only on this machine.

    Args:
        host: ``HOST`` or ``HOST:PORT``.
        user: Who logs in.
        password: Of the user.
        folders: To look into.
    """

    def __init__(self, host: str, user: str, password: str, folders: Sequence[str] = ("INBOX",)) -> None:
        self._host, colon, port = host.partition(":")
        if colon and not (port.isascii() and port.isdigit()):
            raise CommandError(f"--imap: {port!r} is not a port", USAGE)
        self._port = int(port or 0)
        self._user = user
        self._password = password
        self._folders = folders
        self._seen: set[tuple[str, bytes]] = set()

    def find(self, token: str) -> Iterator[bytes]:
        """Yield messages that were not there the last time; the folders are only examined."""
        try:
            with self._connect() as server:
                server.login(self._user, self._password)
                for folder in self._folders:
                    yield from self._find_in(server, folder, token)
        except UnicodeError as err:
            words = "a folder, user or password with letters outside ASCII cannot be sent"
            raise CommandError(f"--imap: {words}", USAGE) from err
        except (OSError, imaplib.IMAP4.error) as err:
            words = err.args[0].decode("utf-8", "replace") if err.args and isinstance(err.args[0], bytes) else str(err)
            raise CommandError(f"--imap: {self._host} as {self._user}: {words}", UNANSWERED) from err

    def _connect(self) -> imaplib.IMAP4:
        if _is_this_machine(self._host):
            return imaplib.IMAP4(self._host, self._port or IMAP_PORT, IMAP_TIMEOUT_S)
        return imaplib.IMAP4_SSL(
            self._host,
            self._port or IMAPS_PORT,
            ssl_context=ssl.create_default_context(),
            timeout=IMAP_TIMEOUT_S,
        )

    def _find_in(self, server: imaplib.IMAP4, folder: str, token: str) -> Iterator[bytes]:
        status, answer = server.select(f'"{folder}"', readonly=True)  # EXAMINE
        if status != "OK":
            raise imaplib.IMAP4.error(f"folder {folder}: {answer[0]!r}")
        _, found = server.uid("SEARCH", "SUBJECT", token)
        for number in (found[0] or b"").split():
            if (folder, number) not in self._seen:
                self._seen.add((folder, number))
                _, parts = server.uid("FETCH", number.decode(), "(BODY.PEEK[])")
                yield from (bytes(part[1]) for part in parts if isinstance(part, tuple))


def _is_this_machine(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


class S3:
    """
    The objects below a prefix, where a receipt rule of SES puts what arrives.

    Args:
        client: Makes a boto3 client for `s3`.
        bucket: Name of the bucket.
        prefix: Of the keys.
        since: Older objects are not looked at.
    """

    def __init__(self, client: Callable[[], Any], bucket: str, prefix: str, since: datetime) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._since = since
        self._seen: set[str] = set()

    def find(self, token: str) -> Iterator[bytes]:
        """Yield messages that were not there the last time."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- takes 0.1 s

        try:
            client = self._client()
            for found in list_objects(client, self._bucket, self._prefix):
                is_new = found["Key"] not in self._seen and found["LastModified"] >= self._since
                self._seen.add(found["Key"])
                if is_new and found["Size"] < SMALL_BYTES:
                    message = read_object(client, self._bucket, found["Key"])
                    if token.encode() in message:
                        yield message
        except (BotoCoreError, ClientError, OSError) as err:
            raise CommandError(f"--s3: {self._bucket}/{self._prefix}: {err}", UNANSWERED) from err
