"""Tests of `mailproof explain`."""
