"""The only user of SQLAlchemy and of fsspec: rows and blobs of one workspace.

May import `records` and `errors`. Knows nothing of rules (those are the registry's).
"""
