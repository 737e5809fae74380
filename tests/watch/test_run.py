"""One run of the watch after the other, on an emulator: what is told, and what is kept."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mailproof.cli import app
from mailproof.localaws import LocalAws
from tests.localaws.world import World

ACCOUNT, REGION, DOMAIN = "121212121212", "eu-west-1", "watched.example"
BUCKET = "watched-runs"
FILE = f"""\
account: "{ACCOUNT}"
regions: [{REGION}]
zones: {{{DOMAIN}: {{id: Z0WATCHED}}}}
domains:
  - {{name: {DOMAIN}, mail_from: none, dmarc: {{policy: none}}}}
"""


class Watch:
    """A domain that is verified, and a topic with a queue behind it."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self.world = World(aws, ACCOUNT, "Z0WATCHED", DOMAIN)
        self.folder = folder
        (folder / "environments").mkdir()
        (folder / "environments/prod.yaml").write_text(FILE, encoding="utf-8")
        self.world.client("sesv2", REGION).create_email_identity(EmailIdentity=DOMAIN)
        self.world.publish_dkim(REGION)
        self.dmarc("CREATE")
        self._sqs, self.s3 = self.world.client("sqs", REGION), self.world.client("s3", REGION)
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self._queue = self._sqs.create_queue(QueueName="told")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        arn = attributes["QueueArn"]
        sns = self.world.client("sns", REGION)
        self.topic: str = sns.create_topic(Name="told")["TopicArn"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def dmarc(self, action: str) -> None:
        """Make the DMARC record, or take it away."""
        self.world.change(action, f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=none"')

    def run(self) -> Result:
        """Run it once, as the project does."""
        where = ("--history", f"s3://{BUCKET}/runs", "--report", f"s3://{BUCKET}/report.html", "--topic", self.topic)
        options = ("--environment", "prod", *where, "--resolver", self.world.aws.dns)
        variables = self.world.aws.process_environment(ACCOUNT, self.folder, REGION) | {"AWS_MAX_ATTEMPTS": "1"}
        with contextlib.chdir(self.folder):
            return CliRunner().invoke(app, ["watch", "run", *options], env=variables)

    def told(self) -> list[dict[str, Any]]:
        """Take from the queue what was told."""
        found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]


def test_each_change_is_told_once(emulator: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new, and what is gone; a run that could not tell tells again."""
    watch = Watch(emulator, tmp_path)
    first = watch.run()
    assert (first.exit_code, first.stdout) == (
        0,
        "MAILPROOF_FINDINGS error 0\nMAILPROOF_FINDINGS unknown 0\nMAILPROOF_FINDINGS warning 0\n",
    ), first.stderr
    assert watch.told() == []

    watch.dmarc("DELETE")
    watch.world.aws.add_fault(operation="Publish", account=ACCOUNT, code="AuthorizationErrorException")
    silent = watch.run()
    watch.world.aws.clear_faults()
    assert silent.exit_code == 3
    assert f"{watch.topic}: could not be delivered: AuthorizationError" in silent.stderr
    runs = [watch.run() for _ in range(2)]
    assert [run.exit_code for run in runs] == [0, 0]
    assert "MAILPROOF_FINDINGS error 1\n" in runs[1].stdout
    [told] = watch.told()
    assert told["Subject"] == "mailproof: 1 new, 0 gone in prod"
    assert f"(dmarc-missing) {DOMAIN}" in told["Message"]
    assert "  fix: " in told["Message"]

    watch.dmarc("CREATE")
    assert watch.run().exit_code == 0
    [told] = watch.told()
    assert told["Subject"] == "mailproof: 0 new, 1 gone in prod"
    page = watch.s3.get_object(Bucket=BUCKET, Key="report.html")
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert DOMAIN in page["Body"].read().decode()

    monkeypatch.setenv("MAILPROOF_MASK", "1")  # as the project has it
    watch.world.client("sesv2", REGION).create_email_identity(EmailIdentity=f"orders@{DOMAIN}")
    run, [told] = watch.run(), watch.told()
    assert f"(address-identity-overrides-domain) {DOMAIN} {REGION} o...@{DOMAIN}" in told["Message"]
    newest = max(each["Key"] for each in watch.s3.list_objects_v2(Bucket=BUCKET, Prefix="runs/")["Contents"])
    kept = [watch.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in (newest, "report.html")]
    assert "o...@" in kept[0]
    assert "orders@" not in "".join((run.output, told["Message"], *kept))
    monkeypatch.setenv("MAILPROOF_MASK", "")  # of a repository of GitHub that has no such variable
    watch.run()
    variables = watch.world.aws.process_environment(ACCOUNT, tmp_path, REGION)
    for options, shown in (((), True), (("--mask",), False)):
        life = CliRunner().invoke(app, ["history", f"s3://{BUCKET}/runs", *options], env=variables)
        assert (f"orders@{DOMAIN}" in life.stdout) is shown


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--topic", "alerts"), "is not the ARN of an SNS topic"),
        (("--report", "s3://bucket"), "is not s3://BUCKET/KEY"),
    ],
)
def test_a_wrong_place_is_refused_before_anything_is_asked(
    tmp_path: Path, options: tuple[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exit code 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/prod.yaml").write_text(FILE, encoding="utf-8")
    done = CliRunner().invoke(app, ["watch", "run", "--environment", "prod", "--history", "runs", *options])
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert not (tmp_path / "runs").exists()
