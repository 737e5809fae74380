"""Writes what is generated from the code: reference pages and JSON Schemas."""
