"""The catalogues of rules are whole."""

import pkgutil
from importlib import import_module

from mailproof.check import preflight, rules
from mailproof.check.catalogue import CHECK, PREFLIGHT
from mailproof.check.rule import Rule


def test_every_rule_is_in_one_catalogue() -> None:
    """A rule that was written and not listed would never be tried."""
    modules = [
        import_module(f"{package.__name__}.{found.name}")
        for package in (rules, preflight)
        for found in pkgutil.iter_modules(package.__path__)
    ]
    written = {id(value): value.id for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    assert sorted(written.values()) == sorted(rule.id for rule in (*CHECK, *PREFLIGHT))


def test_every_id_is_given_once() -> None:
    """Reports, suppressions and links know a rule by its id."""
    ids = [rule.id for rule in (*CHECK, *PREFLIGHT)]
    assert len(set(ids)) == len(ids)
