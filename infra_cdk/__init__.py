"""The CDK app: its settings, its three stacks, and the constructs that they are built from."""
