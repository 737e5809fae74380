"""The formats of a comparison."""

from mailproof.model.built_format import BuiltFormat


class ComparisonFormat(BuiltFormat):
    """How a comparison is written."""

    TABLE = "table", "mailproof.zones.table:build_table"
    JSON = "json", "mailproof.zones.json_comparison:build_json"
