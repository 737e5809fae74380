"""Shared by every command that changes something: consent, errors, external programs."""
