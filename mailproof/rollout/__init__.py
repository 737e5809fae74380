"""Carries a rollout out: the guard, the runner, what is left behind, and the workflow that GitHub runs."""
