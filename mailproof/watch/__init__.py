"""Checks again and again: what a run of the watch says, and the workflow by which GitHub runs one."""
