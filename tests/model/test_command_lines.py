"""Command lines in messages: they can be pasted as they are."""

from dataclasses import replace
from pathlib import Path

import pytest

from mailproof.environments import load_environments
from mailproof.model.command_lines import records_command, repair_command, restart_command, rollout_command


@pytest.mark.parametrize(
    ("path", "options", "expected"),
    [
        ("environments/prod.yaml", (), "mailproof repair prod"),
        ("my files/prod.yaml", (), "mailproof repair prod --environments 'my files'"),
        ("environments/prod.yaml", ("--profile", "a b"), "mailproof repair prod --profile 'a b'"),
    ],
)
def test_the_repair_command_names_all_it_needs(path: str, options: tuple[str, ...], expected: str) -> None:
    """The folder if it is not the default, and what was given."""
    [environment] = load_environments(Path("environments"), "prod")
    assert repair_command(replace(environment, path=path), options) == expected


def test_the_other_commands_name_the_folder_too() -> None:
    """Whoever pastes them is where the first command ran."""
    [environment] = load_environments(Path("environments"), "prod")
    elsewhere = replace(environment, path="mail/prod.yaml")
    assert rollout_command(environment) == "mailproof rollout run prod"
    assert rollout_command(elsewhere) == "mailproof rollout run prod --environments mail"
    assert records_command(elsewhere, "example.com") == "mailproof records --domain example.com --environments mail"
    assert restart_command(environment) == "mailproof wait --restart --environment prod"
    assert restart_command(environment, "example.com") == (
        "mailproof wait --restart --environment prod --domain example.com"
    )
