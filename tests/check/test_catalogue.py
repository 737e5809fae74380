"""The catalogues of rules are whole."""

import pkgutil
from importlib import import_module

from mailproof.check import rules
from mailproof.check.catalogue import CHECK
from mailproof.check.preflight import rules as preflight_rules
from mailproof.check.preflight.catalogue import PREFLIGHT
from mailproof.check.rule import Rule


def test_every_rule_is_in_one_catalogue() -> None:
    """A rule that was written and not listed would never be tried."""
    modules = [
        import_module(f"{package.__name__}.{found.name}")
        for package in (rules, preflight_rules)
        for found in pkgutil.iter_modules(package.__path__)
    ]
    written = {id(value): value.id for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    assert sorted(written.values()) == sorted(rule.id for rule in (*CHECK, *PREFLIGHT))


def test_every_id_is_given_once() -> None:
    """Reports, suppressions and links know a rule by its id."""
    ids = [rule.id for rule in (*CHECK, *PREFLIGHT)]
    assert len(set(ids)) == len(ids)
