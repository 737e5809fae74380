"""The formats of explanations."""

from mailproof.model.built_format import BuiltFormat


class ExplanationFormat(BuiltFormat):
    """How explanations are written."""

    TABLE = "table", "mailproof.explain.table:build_table"
    JSON = "json", "mailproof.explain.report:build_json"
    MARKDOWN = "markdown", "mailproof.explain.pages:build_markdown"
    HTML = "html", "mailproof.explain.pages:build_html"
