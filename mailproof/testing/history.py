"""Stacks of the environments at a git ref, as recorded and as synthesised today."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mailproof.environments import SUFFIXES, load_environments
from mailproof.model.environment import Environment
from mailproof.model.errors import EnvironmentFileError, MailproofError
from mailproof.model.key_file import SUFFIX as KEYS
from mailproof.template.cloud_assembly import Stacks
from mailproof.testing.snapshots import FOLDER, HEADS, EnvironmentSnapshot
from mailproof.testing.synthesis import synthesise_environments


class GitError(MailproofError):
    """Git cannot show the environments of a ref."""


def stacks_at(ref: str, folder: Path, context: dict[str, Any] | None = None) -> Iterator[Stacks]:
    """
    Yield the stacks of a git ref: as recorded there, and as its environment files are synthesised today.

    Both are of use: what is synthesised today does not show that an upgrade of mailproof has changed a logical id.

    Args:
        ref: A commit, branch or tag.
        folder: The environment files, in a git work tree.
        context: Context of the CDK app, as `read_context` returns it.

    Raises:
        GitError: No such ref, or no git repository.
        EnvironmentFileError: The files of the ref cannot be read by this version.
    """
    with tempfile.TemporaryDirectory(prefix="mailproof-") as work:
        checked_out = Path(work)
        names = [name for name in _git(folder, "ls-tree", "-rz", "--name-only", ref).decode().split("\0") if name]
        wanted = [name for name in names if name.startswith(f"{FOLDER}/") or _is_environment(name) or _has_keys(name)]
        for name in wanted:
            file = checked_out / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_git(folder, "show", f"{ref}:./{name}"))
        for heads in sorted(checked_out.glob(f"{FOLDER}/*/{HEADS}")):
            yield EnvironmentSnapshot(heads.parent).read()
        if any(_is_environment(name) for name in wanted):
            yield synthesise_environments(_load(ref, folder, checked_out), context)


def _is_environment(name: str) -> bool:
    return "/" not in name and name[0] != "." and name.lower().endswith(SUFFIXES)


def _has_keys(name: str) -> bool:
    return "/" not in name and name.endswith(KEYS)


def _load(ref: str, folder: Path, checked_out: Path) -> list[Environment]:
    try:
        return load_environments(checked_out)
    except EnvironmentFileError as err:
        raise MailproofError(str(err).replace(str(checked_out), f"{ref}:{folder}")) from err


def _git(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 -- a ref of the user's
    except FileNotFoundError as err:
        raise GitError("git is not installed") from err
    except subprocess.CalledProcessError as err:
        raise GitError(f"git {arguments[0]} failed: {err.stderr.decode(errors='replace').strip()}") from err
