"""Judge the status of a stack once `cdk deploy` has ended."""

from dataclasses import dataclass

from mailproof.template.cloud_assembly import SynthesisedStack

GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})
# The failed change is undone, and what stands is what stood before. No deployment brings such a stack into another
# state before its template changes, so that stopping at it would stop every rerun.
UNDONE = frozenset({"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})
NEVER_MADE = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})
STUCK = frozenset({"UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"})


def is_at_work(state: str) -> bool:
    """Tell whether CloudFormation is changing a stack; a change set that was never executed (REVIEW) is no change."""
    return state.endswith("_IN_PROGRESS") and state != "REVIEW_IN_PROGRESS"


def unlock_command(region: str, stack_name: str) -> str:
    """Write the command that lifts the termination protection of a stack."""
    place = f"--region {region} --stack-name {stack_name}"
    return f"aws cloudformation update-termination-protection --no-enable-termination-protection {place}"


@dataclass(frozen=True, slots=True)
class StackVerdict:
    """
    What is to be said of a state.

    Attributes:
        is_wrong: Whether the rollout stops.
        words: What is wrong and what to do; empty if nothing is worth saying.
    """

    is_wrong: bool
    words: str = ""


def judge_state(state: str | None, stack: SynthesisedStack) -> StackVerdict:
    """
    Judge the state of a stack; None stands for a stack that does not exist.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html; aws-cdk-cli#1972
    """
    if state in GOOD:
        return StackVerdict(is_wrong=False)
    if state is None:
        return StackVerdict(is_wrong=True, words="does not exist")
    if state in UNDONE:
        return StackVerdict(is_wrong=False, words=f"is in {state}: a change failed and was undone")
    if state in NEVER_MADE:
        unlock = unlock_command(stack.region, stack.name)
        words = f"is in {state}: making it failed; if AWS protects it from the next attempt, first {unlock}"
        return StackVerdict(is_wrong=True, words=words)
    if state in STUCK:
        words = f"is in {state}: a failed change is neither done nor undone; first cdk rollback {stack.path}"
        return StackVerdict(is_wrong=True, words=words)
    at_work = ": CloudFormation goes on by itself, and the same command waits for it"
    todo = at_work if is_at_work(state) else "; look at its events in CloudFormation"
    return StackVerdict(is_wrong=True, words=f"is in {state}{todo}")
