"""The keys of one domain in the file beside its environment's."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from mailproof.change.errors import CommandError
from mailproof.environments import keys_path, load_keys
from mailproof.exit_codes import USAGE
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.errors import EnvironmentFileError, InvalidValue, NoValue, Problem, describe
from mailproof.model.key_file import build_key_file
from mailproof.model.own_key import Keys, OwnKey, parse_selector
from mailproof.output_file import write_file


@dataclass(frozen=True, slots=True)
class KeyBook:
    """
    The keys of an environment, as its file has them now.

    Attributes:
        path: The file.
        keys: By domain.
    """

    path: Path
    keys: Keys

    def of(self, domain: str) -> tuple[OwnKey, ...]:
        """Return the keys of a domain, the newest first."""
        return self.keys.get(domain, ())

    def save(self, domain: str, keys: Sequence[OwnKey]) -> None:
        """
        Write the file with other keys of a domain; what it has of others by now stays.

        Raises:
            CommandError: Somebody else has changed the keys of the domain since they were read, or the file cannot be
                written; it is then as it was.
            EnvironmentFileError: What is in it by now cannot be used.
        """
        try:
            with _alone_in(self.path.parent):
                now = _read(self.path)
                if now.get(domain, ()) != self.of(domain):
                    what = f"{self.path}: the keys of {domain} have changed since they were read"
                    raise CommandError(f"{what}; nothing was written; run the same command again")
                write_file(self.path, build_key_file({**now, domain: tuple(keys)}))
        except OSError as err:
            raise CommandError(f"{self.path}: cannot be written ({err.strerror}); nothing in it has changed") from err


def read_key_book(environment: Environment) -> KeyBook:
    """
    Read the keys of an environment; there are none without a file.

    Raises:
        EnvironmentFileError: The file cannot be used.
    """
    path = keys_path(Path(environment.path))
    return KeyBook(path, _read(path))


def _read(path: Path) -> Keys:
    problems: list[Problem] = []
    keys = load_keys(path, problems)
    if problems:
        raise EnvironmentFileError(problems)
    return keys


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other command writes keys in a folder: what it has written would be lost."""
    number = os.open(folder, os.O_RDONLY)
    try:
        flock(number, LOCK_EX)
        yield
    finally:
        os.close(number)


def find_domain(environment: Environment, name: str) -> SendingDomain:
    """
    Return a domain of an environment.

    Raises:
        CommandError: It has none of that name.
    """
    for domain in environment.domains:
        if domain.name == name:
            return domain
    known = ", ".join(domain.name for domain in environment.domains)
    raise CommandError(describe(f"environment {environment.name!r} has no such domain", name, f"it has {known}"), USAGE)


def find_signer(environment: Environment, name: str) -> SendingDomain:
    """
    Return a domain of an environment whose mail an own key can sign.

    Raises:
        CommandError: It has none of that name, or that one is parked or has its identity elsewhere.
    """
    domain = find_domain(environment, name)
    if domain.parking:
        why = "is parked, and mail that is not sent needs no key; if it is to send, list it under `domains` first"
    elif domain.elsewhere:
        why = "has its identity elsewhere, whose holder makes and exchanges its keys; ask for that there"
    else:
        return domain
    raise CommandError(f"{environment.path}: {name} {why}", USAGE)


def choose_selector(wanted: str | None, prefix: str, taken: Sequence[str]) -> str:
    """
    Choose the selector of a new key.

    Args:
        wanted: By a person; None takes the first that is free.
        prefix: With which it begins, if nobody wants another.
        taken: By any key of the domain, in any environment: each names a record.

    Raises:
        InvalidValue: It cannot be, or is taken.
    """
    used = {selector.lower() for selector in taken}
    if wanted is not None:
        if parse_selector(wanted).lower() in used:
            raise InvalidValue("is the selector of another key of the domain", wanted, "choose another")
        return wanted
    names = [prefix, *(f"{prefix}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")]
    free = next((name for name in names if name not in used), None)
    if free is None:
        raise InvalidValue("has no selector left for today", NoValue, "choose one")
    return free
