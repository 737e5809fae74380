"""The engines that run a rollout: GitHub Actions and the shell lines they share."""
