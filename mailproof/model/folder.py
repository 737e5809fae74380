"""The folder of the environment files, if no other is named."""

DEFAULT_FOLDER = "environments"
