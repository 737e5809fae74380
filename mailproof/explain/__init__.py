"""Explains a message that arrived: who signed it, what aligns, what receivers decide, and why."""
