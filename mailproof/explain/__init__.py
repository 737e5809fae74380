"""Explains a message that arrived: who signed it, what aligns, what receivers decide, and why."""

from mailproof.explain.explanation import Explanation
from mailproof.explain.run import explain

__all__ = ["Explanation", "explain"]
