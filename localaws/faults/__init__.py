"""Faults on demand: of calls, of resources, of DNS, and regions that are switched off."""
