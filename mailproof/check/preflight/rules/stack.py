"""Rules about stacks of ours that are not in the plan."""

from mailproof.check.finding import Severity
from mailproof.check.preflight.subjects import RegionsUnasked, StackElsewhere, StackLeft
from mailproof.check.rule import RuleResult, rule

CDK_IMPORT = "https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-import.html"
TAKE_OVER = (
    "It is live: `{command}` takes it into the stack where the file puts it, without a gap. Or let the file put its "
    "domain where it was (`stack`, `stacks`, the environment)."
)


@rule(
    "preflight-stack-elsewhere",
    Severity.ERROR,
    StackElsewhere,
    meaning="The deployment would fail: what it would make is live, in a mailproof stack that is not in the plan.",
    condition=(
        "A mailproof stack, in any region, holds identities or records that a file now puts into another stack: the "
        "order of `regions` or the name of the file has changed."
    ),
    expected="what is deployed stays in its stack",
    observed="the stacks, and what they hold",
    fix="Write what the finding names, `dns_region` or `deployed_as`, or run `mailproof move`.",
    source=CDK_IMPORT,
)
def stack_elsewhere(subject: StackElsewhere) -> RuleResult:
    """Say what the stacks hold."""
    fix = f"{subject.todo[0].upper()}{subject.todo[1:]}."
    return RuleResult(observed=subject.holding, fix=fix)


@rule(
    "preflight-stack-left",
    Severity.INFO,
    StackLeft,
    meaning="It blocks nothing. No rollout deletes a stack, so this one stays, with all that it holds.",
    condition="A mailproof stack, in any region of the account or in the account of a zone, holds nothing that any "
    "file asks for, or is of an environment that has no file. It is looked for unless domains or regions are chosen.",
    expected="every stack in a file",
    observed="what it holds",
    fix="See what goes with it, and what stays, by `mailproof prune`.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-delete-stack.html",
)
def stack_left(subject: StackLeft) -> RuleResult:
    """Say what it holds."""
    return RuleResult(observed=f"{subject.name} holds {subject.holds}", fix=f"To delete it: {subject.todo}.")


@rule(
    "preflight-stacks-unknown",
    Severity.INFO,
    RegionsUnasked,
    meaning="Whether mailproof stacks are left there is not known; the deployment itself goes elsewhere.",
    condition="CloudFormation does not answer in a region that no file has, or in the account of a zone.",
    expected="an answer",
    observed="the error code",
    fix="Grant `cloudformation:DescribeStacks` and `cloudformation:GetTemplate` there, or look there yourself.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html",
)
def stacks_unknown(subject: RegionsUnasked) -> RuleResult:
    """Say where."""
    return RuleResult(observed=subject.words)
