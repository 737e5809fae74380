"""
What fails while an environment is rolled out by the real command line of the CDK, and that nothing is lost by it.

Each test brings one fault about, holds its row of docs/faults.md against what is seen, and runs the same command again.
"""

from dataclasses import replace
from typing import Any

from mailproof.model.resources import identity_id
from tests.e2e.fault_rows import NOTHING, PAGE, RESUME, Fault, build_page, meets
from tests.e2e.project import Project
from tests.e2e.rolling import HOME, OTHER, Rollout, Standing, end
from tests.pauses import pauses_skipped

SES = "AWS::SES::EmailIdentity"
ROUTE53 = "AWS::Route53::RecordSet"


@meets(
    Fault(
        "SES or Route 53 throttles the deployment",
        1,
        (
            "cdk deploy ended with exit code 1; what is deployed stays",
            "is in UPDATE_ROLLBACK_COMPLETE: a change failed and was rolled back",
            RESUME,
        ),
        "what stood before; CloudFormation undoes the change",
        "the same command, later",
    )
)
def test_a_service_throttles(site: Rollout, fault: Fault) -> None:
    """First SES refuses the new identity, then Route 53 the new records."""
    before, domain = site.standing(), site.add_domain()
    for kind, code in ((SES, "TooManyRequestsException"), (ROUTE53, "Throttling")):
        site.project.aws.add_fault(
            resource_type=kind, target=f"*{domain}*", times=1, code=code, message="Rate exceeded"
        )
        run = site.run()
        assert f"Rate exceeded ({code})" in run.stderr
        fault.check(run.returncode, run.stderr)
        assert _without_states(site.standing()) == _without_states(before)
    site.converge()
    assert site.standing().has_all_of(before)


@meets(
    Fault(
        "a region of the file is not switched on for the account",
        3,
        (
            f"ses-{OTHER}: could not ask for the deployed template: InvalidClientTokenId",
            f"the region is off: aws account enable-region --region-name {OTHER}, or take it out of the file",
            NOTHING,
        ),
        "everything, in all regions",
        "switch the region on or take it out of the file, then the same command",
    ),
    Fault(
        "access is denied in one region",
        1,
        (
            "cdk deploy ended with exit code 1; what is deployed stays",
            RESUME,
        ),
        "the regions before it are deployed; that region, and the waves after it, are as they were",
        "grant what AWS names above, then the same command",
    ),
)
def test_a_region_is_off_and_then_denies_access(pair: Rollout, faults: tuple[Fault, Fault]) -> None:
    """The guard looks at all regions before the first is deployed; later the first stands, verified."""
    is_off, is_denied = faults
    aws, account, domain = pair.project.aws, pair.project.account, pair.project.zone
    before = pair.standing()
    aws.set_region(OTHER, opted_in=False, account=account)
    run = pair.run()
    aws.set_region(OTHER, opted_in=True, account=account)
    is_off.check(run.returncode, run.stderr)
    assert pair.standing() == before

    call = {"service": "cloudformation", "operation": "CreateChangeSet", "region": OTHER}
    aws.add_fault(**call, code="AccessDenied", message="not for you")
    run = pair.run()
    aws.clear_faults()
    assert "not for you" in run.stderr
    is_denied.check(run.returncode, run.stderr)
    after = pair.standing()
    assert list(after.identities) == [(HOME, domain)]
    assert pair.project.identity(domain, HOME)["DkimAttributes"]["Status"] == "SUCCESS"
    pair.converge()
    assert pair.standing().has_all_of(after)


@meets(
    Fault(
        "the disk is full when the app is synthesised",
        2,
        ("File too large", "app.py: ended with exit code 1; see above; nothing was deployed"),
        "everything",
        "make room, or point TMPDIR elsewhere, then the same command",
    ),
    Fault(
        "an identity to be made exists already",
        1,
        (
            "error preflight-identity-there",
            "fix … Bring it into the stack with … mail goes on. Do not delete it while mail is sent",
            "wave 1: preflight ended with exit code 1; see above; without it: mailproof rollout run … --skip-preflight",
            RESUME,
        ),
        "everything, that identity too",
        "adopt it, or, if nobody sends from the domain yet, delete it, then the same command",
    ),
    Fault(
        "a record to be made exists already",
        1,
        (
            "error preflight-record-there",
            "fix … brings it into the stack",
            "wave 1: preflight ended with exit code 1; see above; without it: mailproof rollout run … --skip-preflight",
            RESUME,
        ),
        "everything, that record too",
        "adopt it, or, if nobody sends from the domain yet, delete it, then the same command",
    ),
)
def test_something_is_in_the_way(site: Rollout, faults: tuple[Fault, Fault, Fault]) -> None:
    """One thing after the other bars the same change: nothing at all is deployed before the way is free."""
    disk, identity, record = faults
    before, domain, ses = site.standing(), site.add_domain(), site.project.client("sesv2")
    for blocks in (0, 1):
        run = end(site.start(wrapper=_limited(blocks), assembly=False))
        said = "nothing was deployed" if blocks else "; free some, or point TMPDIR elsewhere; nothing was deployed\n"
        assert said in run.stderr
    disk.check(run.returncode, run.stderr)
    assert site.standing() == before

    ses.create_email_identity(EmailIdentity=domain, Tags=[{"Key": "made", "Value": "by hand"}])
    there = site.standing()
    run = site.run(preflight=True)
    identity.check(run.returncode, run.stderr)
    assert site.standing() == there
    ses.delete_email_identity(EmailIdentity=domain)

    by_hand = (f"bounce.{HOME}.{domain}", "TXT", '"made by hand"')
    site.project.change("CREATE", *by_hand)
    there = site.standing()
    run = site.run(preflight=True)
    record.check(run.returncode, run.stderr)
    assert site.standing() == there
    site.project.change("DELETE", *by_hand)

    run = site.run(preflight=True)
    assert run.returncode == 0, run.stderr
    assert site.is_right()
    assert site.standing().has_all_of(before)


def _limited(blocks: int) -> tuple[str, ...]:
    """
    Return a wrapper that lets no file grow larger than so many blocks of the shell (512 or 1,024 bytes).

    No bytecode is cached: a file of the cache cut short would break every later import of the module.
    """
    return ("sh", "-c", f'ulimit -f {blocks}; export PYTHONDONTWRITEBYTECODE=1; exec "$@"', "sh")


@meets(
    Fault(
        "a stack was left in UPDATE_FAILED, though its template is the wanted one",
        1,
        (
            "cdk deploy ended with exit code 1; what is deployed stays",
            "is in UPDATE_FAILED: a change failed and was not rolled back; first cdk rollback …",
            RESUME,
        ),
        "what stood before, and a part of the change",
        "`cdk rollback` as it is written, then the same command",
    )
)
def test_a_stack_is_left_failed(site: Rollout, fault: Fault) -> None:
    """Deployed by hand without roll-back. Once it is undone the template of before passes, and so does the new one."""
    before, domain = site.standing(), site.add_domain()
    site.project.aws.add_fault(resource_type=SES, target=domain, times=1, code="ServiceUnavailable", message="down")
    assert site.cdk("deploy", "--no-rollback", "--require-approval", "never", "--exclusively").returncode == 1
    assert site.state() == "UPDATE_FAILED"
    run = site.run()
    fault.check(run.returncode, run.stderr)
    assert f"first cdk rollback {site.project.name}/ses-{HOME}\n" in run.stderr
    assert site.standing().has_all_of(before)
    undone = site.cdk("rollback")
    assert undone.returncode == 0, undone.stderr
    assert _without_states(site.standing()) == _without_states(before)
    site.domains.remove(domain)
    site.write()
    assert "is in UPDATE_ROLLBACK_COMPLETE: a change failed and was rolled back" in site.converge().stderr
    site.domains.append(domain)
    site.write()
    site.converge()
    assert site.standing().has_all_of(before)


@meets(
    Fault(
        "a change fails, and so does undoing it",
        1,
        (
            "cdk deploy ended with exit code 1; what is deployed stays",
            "is in UPDATE_ROLLBACK_FAILED: a failed change could not be rolled back; correct what its events name, …",
            RESUME,
        ),
        "what stood before, and of the change what could not be undone",
        "`cdk rollback` as it is written, then the same command",
    )
)
def test_a_change_that_cannot_be_undone(project: Project, fault: Fault) -> None:
    """
    Both ways that are told lead out: undo it once the cause is gone, or leave as it is what cannot be undone.

    SES itself refuses to undo a change of the key length, for a day.
    """
    site = Rollout(project, {"defaults": {"dkim": {"key_length": 2048}}})
    project.stand()
    before, domain, aws = site.standing(), site.add_domain(), project.aws
    own = {"resource_type": SES, "action": "update", "target": site.project.zone}

    def get_stuck(**keys: dict[str, Any]) -> None:
        site.keys |= keys
        site.write()
        aws.add_fault(resource_type=ROUTE53, target=f"*._domainkey.{domain}*", code="Throttling", message="slow down")
        run = site.run()
        fault.check(run.returncode, run.stderr)
        assert f"then cdk rollback {site.project.name}/ses-{HOME} (--orphan LOGICAL_ID" in run.stderr
        assert site.state() == "UPDATE_ROLLBACK_FAILED"
        assert _mail_of(site.standing()).has_all_of(_mail_of(before))

    aws.add_fault(**own, times=1)  # the change passes, and what would undo it does not
    aws.add_fault(**own, code="ServiceUnavailable", message="down")
    get_stuck(tags={"try": "1"})
    site.cdk("rollback")  # too early
    assert site.state() == "UPDATE_ROLLBACK_FAILED"
    aws.clear_faults()
    undone = site.cdk("rollback")
    assert (undone.returncode, site.state()) == (0, "UPDATE_ROLLBACK_COMPLETE"), undone.stderr
    get_stuck(defaults={"dkim": {"key_length": 1024}})
    orphaned = site.cdk("rollback", "--orphan", identity_id(site.project.zone))
    assert (orphaned.returncode, site.state()) == (0, "UPDATE_ROLLBACK_COMPLETE"), orphaned.stderr
    aws.clear_faults()
    site.converge()
    assert site.standing().records.items() >= before.records.items()
    assert site.project.identity()["DkimAttributes"]["NextSigningKeyLength"] == "RSA_1024_BIT"


def _mail_of(standing: Standing) -> Standing:
    """Leave out the tags of the identities, and how long and old their keys are, behind the same records."""
    kept = ("Status", "SigningEnabled", "SigningAttributesOrigin", "Tokens")
    identities = {
        place: {**found, "Tags": [], "DkimAttributes": {key: found["DkimAttributes"][key] for key in kept}}
        for place, found in standing.identities.items()
    }
    return replace(standing, identities=identities)


@meets(
    Fault(
        "the first deployment of a stack fails",
        1,
        (
            "is in ROLLBACK_COMPLETE: its creation failed",
            RESUME,
        ),
        "the other stacks; of this one nothing, and its protection",
        "the same command: it lifts the protection of a stack in which nothing lives, and recreates it",
    )
)
def test_a_first_deployment_fails(project: Project, fault: Fault) -> None:
    """With `removal_policy: retain` AWS would keep the empty failed stack in the way."""
    rollout = Rollout(project)
    project.aws.add_fault(resource_type=SES, target=project.zone, times=1, code="Throttling", message="Rate exceeded")
    run = rollout.run()
    fault.check(run.returncode, run.stderr)
    after = rollout.standing()
    assert after.identities == {}
    assert after.stacks[HOME] == {"dns": "CREATE_COMPLETE", f"ses-{HOME}": "ROLLBACK_COMPLETE"}
    lifted = (
        f"{project.name}/ses-{HOME}: its creation failed and nothing in it lives; lifted its protection to create it "
        "again\n"
    )
    assert lifted in rollout.converge().stderr
    assert rollout.standing().has_all_of(after)
    [stack] = project.client("cloudformation").describe_stacks(StackName=f"mailproof-{project.name}-ses-{HOME}")[
        "Stacks"
    ]
    assert stack["EnableTerminationProtection"]


@meets(
    Fault(
        "DNS does not answer at the gate",
        3,
        ("wave 1: its domains could not be asked about; the stacks are deployed and stay", RESUME),
        "everything, and what was deployed; within the time of the gate it goes on by itself when DNS is back",
        "the same command when DNS answers",
    )
)
def test_dns_does_not_answer(project: Project, fault: Fault) -> None:
    """Nobody could say that it is right, and nobody says that it is wrong."""
    rollout = Rollout(project)
    project.aws.add_dns_fault(f"*{project.zone}", "servfail")
    with pauses_skipped():
        run = rollout.run()
    fault.check(run.returncode, run.stderr)
    after = rollout.standing()
    assert after.stacks[HOME] == {"dns": "CREATE_COMPLETE", f"ses-{HOME}": "CREATE_COMPLETE"}
    project.aws.clear_dns_faults()
    rollout.converge()
    assert rollout.standing().records == after.records
    assert rollout.standing().stacks == after.stacks


def test_the_page_is_current() -> None:
    """Run `python -m tests.e2e.fault_rows` after a change of a row."""
    assert PAGE.read_text(encoding="utf-8") == build_page()


def _without_states(standing: Standing) -> Standing:
    """Leave out the states of stacks: a change that was undone shows there."""
    return Standing(standing.identities, standing.records, {})
