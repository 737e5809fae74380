"""Tests of what is read from CloudFormation."""
