"""STAGE: image → running service; one module a target.

May import `storage`, `plugins`, `records`, `errors`; no other stage.
"""
