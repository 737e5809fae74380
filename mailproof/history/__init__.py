"""Runs of the check that are kept, and what they say of a domain over time."""
