"""Every operation of AWS is called in one module, so that what it answers is understood in one place."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from botocore import xform_name
from botocore.loaders import Loader

import mailproof

ROOT = Path(mailproof.__file__).parent
READERS = ROOT / "live" / "aws"
SERVICES = ("apigateway", "cloudformation", "route53", "s3", "secretsmanager", "ses", "sesv2", "sns", "ssm", "sts")


def operations() -> frozenset[str]:
    """Return the methods of boto3's clients."""
    loader = Loader()
    models = (loader.load_service_model(service, "service-2") for service in SERVICES)
    return frozenset(xform_name(operation) for model in models for operation in model["operations"])


@functools.cache
def calls(module: Path) -> tuple[str, ...]:
    """Return the methods that a module calls, and the texts it calls a method with, as of a paginator."""
    return tuple(_calls(module))


def _calls(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr
            if node.func.attr == "get_paginator":
                yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))


def test_every_operation_is_called_in_one_module_of_the_readers() -> None:
    """GetEmailIdentity, ListResourceRecordSets and whatever else is asked or told."""
    known, callers = operations(), dict[str, set[Path]]()
    for module in ROOT.rglob("*.py"):
        for name in known.intersection(calls(module)):
            callers.setdefault(name, set()).add(module)
    assert {
        "get_email_identity",
        "list_resource_record_sets",
        "describe_stacks",
        "get_caller_identity",
    } <= callers.keys()
    assert {name: modules for name, modules in callers.items() if len(modules) > 1} == {}
    assert {name: modules for name, (*modules,) in callers.items() if modules[0].parent != READERS} == {}


def test_an_identity_is_asked_for_at_one_place() -> None:
    """Once in all the source."""
    found = [module for module in ROOT.rglob("*.py") for name in calls(module) if name == "get_email_identity"]
    assert found == [READERS / "ses.py"]
