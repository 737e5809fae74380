"""Write plain data as YAML as people do: no anchors, scripts as blocks, remarks behind values."""

from collections.abc import Mapping
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Writes every value out, however often it is used."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- the signature is PyYAML's
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 -- as above
        super().increase_indent(flow, indentless=False)


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _write_text)


def build_yaml(data: Any, remarks: Mapping[str, str]) -> str:
    """
    Write data as YAML.

    Args:
        data: Dictionaries, lists and scalars; the order is kept.
        remarks: Written behind the values that they explain.
    """
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    for value, remark in remarks.items():
        text = text.replace(f"{value}\n", f"{value} # {remark}\n")
    return text.replace("\n'on':", "\non:")  # quoted for readers of YAML 1.1, to whom it is a boolean
