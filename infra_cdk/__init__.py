"""The CDK app: settings, the two stacks, and the construct that packages a Python function."""
