"""Tests of the pytest plug-in and of the assertions that it brings."""
