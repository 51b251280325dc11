"""Code that functions share: AWS clients, settings, DynamoDB items and transactions, the web framework."""
