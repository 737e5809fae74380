"""The floor of any Python CDK app: an empty one, as `app.py` sets it up."""

import mailproof.stacks  # noqa: F401  # isort: skip -- first: it chooses Node as app.py does

from aws_cdk import App

App(analytics_reporting=False, builtin_cloud_formation_validation=False, stack_traces=False).synth()
