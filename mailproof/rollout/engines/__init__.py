"""Engines that run a rollout: GitHub Actions, and the shell lines that all engines share."""
