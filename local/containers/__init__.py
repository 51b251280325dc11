"""The loop in containers: `localstack-compose.yml` runs each server in one of its own."""
