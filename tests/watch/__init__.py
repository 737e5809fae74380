"""Tests of `mailproof watch`."""
