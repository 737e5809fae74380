"""Carry out a rollout: guard, runner, orphaned stacks, and the engines that run it."""
