"""Commands of `mailproof dkim` for a domain that they have nothing to do for: each says what is so, and what to do."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailproof.cli import app
from tests.model.keys import PUBLIC_KEY, SECRET, VERSION
from tests.model.reading import HEAD

REGIONS = ["us-east-1", "eu-west-1"]
KEY = {"selector": "s1", "public_key": PUBLIC_KEY, "secret": SECRET, "version": VERSION, "regions": REGIONS}
FILE = f"""{HEAD}domains:
  - name: easy.example.com
  - {{name: replica.example.com, dkim: {{replica_of: us-east-1}}}}
  - {{name: alone.example.com, regions: [us-east-1], dkim: {{replica_of: us-east-1}}}}
  - {{name: elsewhere.example.com, identity: elsewhere}}
  - {{name: own.example.com, dkim: {{key: own}}}}
  - {{name: self.example.com, dkim: {{sign: self}}}}
parked: [parked.example.com]
"""
SES = "signs with keys of SES, which exchanges them itself"
PARKED = "is parked"
ELSEWHERE = "has its identity elsewhere"
EXCHANGE = "has a key in every region; `mailproof dkim rotate prod"
NO_REPLICA = "asks for no replicas of"


@pytest.mark.parametrize(
    ("command", "kind", "words"),
    [
        ("rotate", "easy", SES),
        ("rotate", "replica", SES),
        ("rotate", "elsewhere", ELSEWHERE),
        ("rotate", "parked", PARKED),
        ("new-key", "elsewhere", ELSEWHERE),
        ("new-key", "parked", PARKED),
        ("new-key", "own", EXCHANGE),
        ("new-key", "self", EXCHANGE),
        ("new-key", "easy", "has a key in every region; {path}: write `dkim: {{key: own}}`"),
        ("replicate", "easy", NO_REPLICA),
        ("replicate", "alone", NO_REPLICA),
        ("replicate", "elsewhere", NO_REPLICA),
        ("replicate", "parked", NO_REPLICA),
        ("replicate", "own", NO_REPLICA),
    ],
)
def test_what_has_nothing_to_do_says_why(tmp_path: Path, command: str, kind: str, words: str) -> None:
    """Before anybody is asked anything; what it names to do is never the command that was refused."""
    domain, path = f"{kind}.example.com", tmp_path / "prod.yaml"
    path.write_text(FILE)
    (tmp_path / "prod.keys.json").write_text(
        json.dumps({f"{name}.example.com": [KEY] for name in ("easy", "own", "self")})
    )
    result = CliRunner().invoke(app, ["dkim", command, "prod", domain, "--yes", "--environments", str(tmp_path)])
    assert (result.exit_code, domain in result.stderr) == (2, True), result.output
    assert words.format(path=path) in result.stderr
    assert f"dkim {command}" not in result.stderr
