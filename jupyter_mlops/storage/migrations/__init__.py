"""The migrations of a workspace's schema, for Alembic. One that was released never changes."""
