"""The CDK app: settings, stacks, and the construct that packages a Python function."""
