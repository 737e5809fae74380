"""Judge the status of a stack once `cdk deploy` has ended."""

from dataclasses import dataclass

from mailproof.template.cloud_assembly import SynthesisedStack

GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})
# The failed change is undone, and what stands is what stood before. No deployment brings such a stack into another
# state before its template changes, so that stopping at it would stop every rerun.
UNDONE = frozenset({"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})
IN_FORCE = GOOD | UNDONE
"""States in which the template that CloudFormation shows is in force: while it works, it shows the one to come."""
NOTHING_YET = frozenset({None, "REVIEW_IN_PROGRESS"})
"""States in which there is no stack, or nothing but a change set that was never executed."""
_GOES_ON = "CloudFormation goes on by itself, and the same command waits for it"
_ADVICE = {
    "CREATE_IN_PROGRESS": _GOES_ON,
    "CREATE_FAILED": "its creation failed, and what was created is still there; first cdk rollback {path}",
    "ROLLBACK_IN_PROGRESS": f"its creation failed and is being rolled back; {_GOES_ON}",
    "ROLLBACK_COMPLETE": "its creation failed; if AWS protects it from the next attempt, first {unlock}",
    "ROLLBACK_FAILED": (
        "its creation failed, and so did the rollback; look at its events for what is still there, then {unlock} "
        "&& aws cloudformation delete-stack {place}"
    ),
    "UPDATE_IN_PROGRESS": _GOES_ON,
    "UPDATE_FAILED": "a change failed and was not rolled back; first cdk rollback {path}",
    "UPDATE_ROLLBACK_IN_PROGRESS": f"a change failed and is being rolled back; {_GOES_ON}",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": f"a change failed and is almost rolled back; {_GOES_ON}",
    "UPDATE_ROLLBACK_COMPLETE": "a change failed and was rolled back",
    "UPDATE_ROLLBACK_FAILED": (
        "a failed change could not be rolled back; correct what its events name, then cdk rollback {path} "
        "(--orphan LOGICAL_ID leaves a resource as it is)"
    ),
    "IMPORT_IN_PROGRESS": _GOES_ON,
    "IMPORT_ROLLBACK_IN_PROGRESS": f"an import failed and is being rolled back; {_GOES_ON}",
    "IMPORT_ROLLBACK_COMPLETE": "an import failed and was rolled back; what was to be imported is as it was",
    "IMPORT_ROLLBACK_FAILED": (
        "an import failed and could not be rolled back; correct what its events name, or ask AWS Support to bring it "
        "to rest"
    ),
    "DELETE_IN_PROGRESS": f"it is being deleted; {_GOES_ON}",
    "DELETE_COMPLETE": "it was deleted; the next deployment creates it again",
    "DELETE_FAILED": (
        "deleting it failed, and what is left of it is live; to keep that, name it: "
        "aws cloudformation delete-stack {place} --retain-resources LOGICAL_ID"
    ),
    "REVIEW_IN_PROGRESS": "it holds nothing but a change set that was never executed; the next deployment makes it",
}


def is_at_work(state: str) -> bool:
    """Tell whether CloudFormation is changing a stack; a change set that was never executed (REVIEW) is no change."""
    return state.endswith("_IN_PROGRESS") and state != "REVIEW_IN_PROGRESS"


def unlock_command(region: str, stack_name: str) -> str:
    """Write the command that lifts the termination protection of a stack."""
    place = _place(region, stack_name)
    return f"aws cloudformation update-termination-protection --no-enable-termination-protection {place}"


def events_command(region: str, stack_name: str) -> str:
    """Write the command that shows the events of a stack."""
    return f"aws cloudformation describe-stack-events {_place(region, stack_name)}"


def delete_command(region: str, stack_name: str, *, is_protected: bool) -> str:
    """Write the command that deletes a stack, after the one that lifts its termination protection."""
    unlock = f"{unlock_command(region, stack_name)} && " if is_protected else ""
    return f"{unlock}aws cloudformation delete-stack {_place(region, stack_name)}"


def _place(region: str, stack_name: str) -> str:
    return f"--region {region} --stack-name {stack_name}"


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
    advice = _ADVICE.get(state, "look at its events in CloudFormation").format(
        path=stack.path,
        place=_place(stack.region, stack.name),
        unlock=unlock_command(stack.region, stack.name),
    )
    return StackVerdict(is_wrong=state not in UNDONE, words=f"is in {state}: {advice}")
