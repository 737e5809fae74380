"""A key is made straight into Secrets Manager, with a copy in each region, and only its public half is told."""

import base64
import json
import pickle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from mailproof.live.aws.secrets import PrivateKey
from mailproof.own_keys.key_book import choose_selector
from mailproof.own_keys.make_key import generate_key
from tests.own_keys.sender import REGIONS, Sender


def test_a_key_is_in_every_region_and_its_public_half_in_the_file(sender: Sender) -> None:
    """The key file has what synthesis needs; the record to publish is written on standard output."""
    result = sender.dkim("new-key", "--yes", "--selector", "s1")
    assert result.exit_code == 0, result.output
    (key,) = sender.keys
    assert (key["selector"], key["regions"]) == ("s1", list(REGIONS))
    for region in REGIONS:
        client = sender.world.client("secretsmanager", region)
        answer = client.get_secret_value(SecretId=f"mailproof/dkim/{sender.domain}", VersionId=key["version"])
        private = load_der_private_key(base64.b64decode(json.loads(answer["SecretString"])["private_key"]), None)
        assert isinstance(private, RSAPrivateKey)
        assert private.key_size == 2048
    text = f"v=DKIM1; k=rsa; p={key['public_key']}"
    assert result.stdout == f's1._domainkey.{sender.domain}. 1800 IN TXT "{text[:255]}" "{text[255:]}"\n'
    assert "mailproof rollout run prod" in result.stderr


def test_a_key_is_not_made_twice(sender: Sender) -> None:
    """Whoever wants another exchanges it."""
    sender.made()
    before = sender.keys
    result = sender.dkim("new-key", "--yes")
    assert (result.exit_code, sender.keys) == (2, before)
    assert f"`mailproof dkim rotate prod {sender.domain}" in result.output


def test_a_region_that_is_added_gets_the_key(sender: Sender) -> None:
    """Its secret is copied there, and the environment can be read again."""
    sender.made()
    path = sender.folder / "prod.yaml"
    path.write_text(path.read_text().replace("eu-west-1", "eu-west-1, eu-central-1"))
    assert "run `mailproof dkim new-key prod" in sender.run("check").output
    result = sender.dkim("new-key", "--yes")
    assert result.exit_code == 0, result.output
    assert sender.keys[0]["regions"] == [*REGIONS, "eu-central-1"]
    sender.deploy()
    assert sender.world.identity(region="eu-central-1")["DkimAttributes"]["Status"] == "SUCCESS"


def test_nothing_is_made_unless_somebody_agrees(sender: Sender) -> None:
    """Without a terminal the option is named."""
    result = sender.dkim("new-key")
    assert (result.exit_code, (sender.folder / "prod.keys.json").exists()) == (2, False)
    assert "--yes" in result.output
    assert sender.world.client("secretsmanager").list_secrets()["SecretList"] == []


def test_a_refusal_of_secrets_manager_is_told(sender: Sender) -> None:
    """With the permission; nothing is written."""
    sender.world.aws.add_fault(operation="CreateSecret", code="AccessDeniedException")
    result = sender.dkim("new-key", "--yes")
    assert (result.exit_code, (sender.folder / "prod.keys.json").exists()) == (3, False)
    assert "AccessDeniedException" in result.output


def test_a_file_that_cannot_be_written_leaves_a_version_that_nobody_uses(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command again makes another version, and that one is in the file."""

    def full(_path: Path, _text: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("mailproof.own_keys.key_book.write_file", full)
        assert sender.dkim("new-key", "--yes", "--selector", "s1").exit_code == 1
    sender.made()
    listed = sender.world.client("secretsmanager").list_secret_version_ids(SecretId=f"mailproof/dkim/{sender.domain}")
    current = [version["VersionId"] for version in listed["Versions"] if "AWSCURRENT" in version["VersionStages"]]
    assert current == [sender.keys[0]["version"]]
    assert sender.world.dkim_status() == "SUCCESS"


def test_a_private_half_shows_nowhere() -> None:
    """Neither printed nor pickled, and an error that repeats it is cleaned."""
    private, public = generate_key()
    assert private.reveal() not in f"{private!r} {private} {vars(type(private))}"
    assert public not in private.reveal()
    with pytest.raises(TypeError):
        pickle.dumps(private)

    def refused() -> None:
        raise ValueError(private.reveal())

    assert private.reveal() not in str(private.ask(refused))


def _findings(sender: Sender, *options: str) -> list[dict[str, str]]:
    findings = json.loads(sender.run("preflight", "--format", "json", *options).stdout)["findings"]
    return [each for each in findings if each["rule"] == "preflight-own-key-missing"]


def _missing(sender: Sender) -> list[tuple[str, str]]:
    return [(each["region"], each["observed"]) for each in _findings(sender)]


def test_the_command_that_preflight_names_has_its_profile(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the credentials at hand it would make the key in another account."""
    sender.made()
    sender.write_keys([{**sender.keys[0], "version": "8c1b5d1e-0000-4000-8000-000000000001"}])
    config = sender.folder.parent / "config"
    config.write_text(
        f"[profile mail]\naws_access_key_id = {sender.world.account}\naws_secret_access_key = secret\n", "utf-8"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    named = f"mailproof dkim new-key prod {sender.domain} --environments {sender.folder} --profile mail"
    assert {named in each["fix"] for each in _findings(sender, "--profile", "mail")} == {True}


def test_preflight_misses_a_secret_before_the_deployment_does(sender: Sender) -> None:
    """In the one region that lacks it, or of a version that is not there; what nobody may ask is unknown."""
    sender.made()
    assert _missing(sender) == []
    path = sender.folder / "prod.yaml"
    path.write_text(path.read_text().replace("eu-west-1", "eu-west-1, eu-central-1"))
    sender.write_keys([{**sender.keys[0], "regions": [*REGIONS, "eu-central-1"]}])
    version = "8c1b5d1e-0000-4000-8000-000000000001"
    sender.write_keys([{**sender.keys[0], "version": version}])
    others = [(region, "no such version") for region in REGIONS]
    assert sorted(_missing(sender)) == sorted([("eu-central-1", "no such secret"), *others])
    sender.world.aws.add_fault(operation="ListSecretVersionIds", code="AccessDeniedException")
    assert "secretsmanager:ListSecretVersionIds" in sender.run("preflight").output


def test_a_selector_is_free_in_every_environment() -> None:
    """One record has one owner."""
    assert choose_selector(None, "mp20261129", ["mp20261129", "MP20261129b"]) == "mp20261129c"
    assert PrivateKey("secret").reveal() == "secret"
