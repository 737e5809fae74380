"""Putting back what stacks hold, and what somebody has changed outside CloudFormation."""
