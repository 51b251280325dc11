"""What the functions share: clients of AWS, items and bookings of DynamoDB, the web framework."""
