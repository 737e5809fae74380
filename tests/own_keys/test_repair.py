"""An own key that somebody has replaced by hand: seen at once, put back from its secret, and shown nowhere."""

import json
import logging
import shlex

import pytest

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError
from mailproof.change.stack_update import StackUpdater
from mailproof.repair.run import Repairer, RepairOptions, repair_all
from mailproof.template.bootstrap import Bootstraps
from tests.own_keys.needles import found_in
from tests.own_keys.sender import REGIONS, Sender
from tests.repair.deployment import Killed, LocalClients

HERE, THERE = REGIONS


def _switch(sender: Sender, origin: str = "AWS_SES", region: str = HERE, **attributes: str) -> None:
    sender.world.client("sesv2", region).put_email_identity_dkim_signing_attributes(
        EmailIdentity=sender.domain, SigningAttributesOrigin=origin, SigningAttributes=attributes
    )


def _private_key(sender: Sender) -> str:
    """Read the private half of the one key out of Secrets Manager."""
    key = sender.keys[0]
    secrets = sender.world.client("secretsmanager")
    answer = secrets.get_secret_value(SecretId=key["secret"], VersionId=key["version"])
    return str(json.loads(answer["SecretString"])["private_key"])


def _bring(sender: Sender, selector: str) -> None:
    _switch(
        sender,
        "EXTERNAL",
        DomainSigningSelector=selector,
        DomainSigningPrivateKey=_private_key(sender),
    )


def _repair(sender: Sender, *options: str) -> tuple[int, str]:
    result = sender.run("repair", "prod", "--yes", *options)
    return result.exit_code, result.output


def _origin(sender: Sender) -> str:
    return str(sender.world.identity()["DkimAttributes"]["SigningAttributesOrigin"])


def test_a_key_that_somebody_has_replaced_is_put_back_from_its_secret(
    sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    """By keys of SES, or by another own key as far as SES tells; nothing shows the private half."""
    sender.made()
    assert _repair(sender) == (0, "prod: all is as the stacks hold it\n")
    holder = f"identity {sender.domain!r} in {HERE}: stack mailproof-prod-ses-{HERE} in {HERE}"
    for selector, expected, observed in (
        ("", "signing with a key of yours (BYODKIM)", "signing with keys of SES"),
        ("s9", "the selector s1 of a key of yours", "the selector s9 of a key of yours"),
    ):
        _bring(sender, selector) if selector else _switch(sender)
        preflight = sender.run("preflight", "--environment", "prod", "--resolver", sender.world.aws.dns)
        words = " ".join(preflight.output.split())
        assert "preflight-identity-changed" in words, preflight.output
        assert f"`mailproof repair prod --environments {sender.folder}`" in words
        with caplog.at_level(logging.DEBUG):
            code, output = _repair(sender)
        assert code == 0, output
        assert holder in output
        assert f"holds {expected}; found: {observed}: set it again" in output
        assert f"identity {sender.domain!r} in {HERE}: {expected}: set" in output
        assert _repair(sender) == (0, "prod: all is as the stacks hold it\n")
        assert [sender.signature(region) for region in REGIONS] == [f"s1@{sender.domain}"] * 2
    assert found_in("".join(sender.said) + caplog.text, [_private_key(sender)]) == []


def test_a_secret_that_cannot_be_read_bars_nothing_else_and_its_ways_are_said(sender: Sender) -> None:
    """Denied is not absent; a secret that is to be deleted is had back by the command that is told."""
    sender.made()
    world, secrets = sender.world, sender.world.client("secretsmanager")
    key = sender.keys[0]
    _switch(sender)
    ses = world.client("sesv2", THERE)
    ses.put_email_identity_dkim_attributes(EmailIdentity=sender.domain, SigningEnabled=False)
    world.aws.add_fault(
        service="secretsmanager", operation="GetSecretValue", account=world.account, code="AccessDenied"
    )
    code, output = _repair(sender)
    assert code == 3, output
    assert f"version {key['version']} of the secret {key['secret']} could not be read: AccessDenied" in output
    assert "allow secretsmanager:GetSecretValue on it" in output
    assert world.identity(region=THERE)["DkimAttributes"]["SigningEnabled"]  # all else is put back
    assert _origin(sender) == "AWS_SES"
    world.aws.clear_faults()
    secrets.delete_secret(SecretId=key["secret"], RecoveryWindowInDays=7)
    code, output = _repair(sender)
    assert code == 1, output
    [command] = [word for word in output.split("`") if word.startswith("aws secretsmanager restore-secret ")]
    options = dict(zip(*[iter(shlex.split(command)[3:])] * 2, strict=True))
    world.client("secretsmanager", options["--region"]).restore_secret(SecretId=options["--secret-id"])
    assert _repair(sender)[0] == 0
    assert [sender.signature(region) for region in REGIONS] == [f"s1@{sender.domain}"] * 2


def test_what_the_file_changes_anyway_bars_no_rollout(sender: Sender) -> None:
    """Nothing is put back: the file has keys of SES, or another own key, and its deployment sets it."""
    sender.made()
    _switch(sender)
    assert _repair(sender)[0] == 0
    _bring(sender, "s9")
    sender.written("{}")
    assert _repair(sender) == (0, "prod: all is as the stacks hold it\n")
    sender.written("{key: own}")
    sender.write_keys([{**sender.keys[0], "selector": "s2"}])
    assert _repair(sender) == (0, "prod: all is as the stacks hold it\n")


def _repairer(sender: Sender, **interruption: int) -> Repairer:
    clients = LocalClients(sender.world, **interruption)
    return Repairer(sender.environment, clients, StackUpdater(clients, clients, sleep=lambda _: None), Bootstraps())


def test_killed_or_throttled_the_same_goes_on_and_two_at_once_do_not_harm_each_other(sender: Sender) -> None:
    """The later one finds the key in its place, and does not have SES look for its record anew."""
    sender.made()
    _switch(sender)
    _switch(sender, region=THERE)
    for number in (1, 2):
        killed = _repairer(sender, kill_at=number)
        killed.look()
        with pytest.raises(Killed):
            killed.repair()
    _switch(sender)
    throttled = _repairer(sender, throttle_at=1)
    with pytest.raises(CommandError, match="not set: Throttling") as caught:
        repair_all([throttled], RepairOptions(Consent(yes=True)))
    assert caught.value.exit_code == 3
    first, second = _repairer(sender), _repairer(sender, kill_at=1)
    first.look()
    second.look()
    first.repair()
    second.repair()  # with nothing left to change it is not killed
    assert [sender.signature(region) for region in REGIONS] == [f"s1@{sender.domain}"] * 2
