"""Tests of what `mailproof init` writes."""
