"""Reading a cloud assembly."""

from pathlib import Path

import pytest

from mailproof.template.cloud_assembly import AssemblyError, check_assembly, read_assembly


def test_a_stack_is_read_with_everything(assembly: Path) -> None:
    """Name, account, region, the roles that may read it, what goes before it, its template."""
    stack = read_assembly(assembly, "prod")["prod/dns-333333333333-eu-west-1"]
    assert (stack.name, stack.account, stack.region) == (
        "mailproof-prod-dns-333333333333-eu-west-1",
        "333333333333",
        "eu-west-1",
    )
    assert stack.roles == (
        "arn:aws:iam::333333333333:role/cdk-hnb659fds-deploy-role-333333333333-eu-west-1",
        "arn:aws:iam::333333333333:role/cdk-hnb659fds-lookup-role-333333333333-eu-west-1",
    )
    assert stack.after == ("prod/ses-eu-west-1",)
    assert {r["Type"] for r in stack.template["Resources"].values()} == {"AWS::Route53::RecordSet"}


def test_fails_on_a_folder_without_assembly(tmp_path: Path) -> None:
    """It says which folder to give."""
    with pytest.raises(AssemblyError, match=r"holds no cloud assembly .*; give the folder that") as caught:
        read_assembly(tmp_path, "prod")
    assert caught.value.exit_code == 2


def test_fails_on_an_assembly_without_the_environment(assembly: Path) -> None:
    """It was synthesised for another one."""
    with pytest.raises(AssemblyError, match="holds no environment 'test'; synthesise again"):
        read_assembly(assembly, "test")


def test_fails_on_an_assembly_of_other_files() -> None:
    """What is missing and what is too much, each by its id."""
    with pytest.raises(AssemblyError) as caught:
        check_assembly(["prod/dns", "prod/b"], ["prod/a", "prod/dns"], Path("cdk.out"))
    assert str(caught.value).splitlines() == [
        "cdk.out: lacks stack 'prod/a' of the plan; synthesise again",
        "cdk.out: holds stack 'prod/b', not in the plan; synthesise again",
    ]
