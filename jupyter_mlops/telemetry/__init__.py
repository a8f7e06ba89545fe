"""STAGE: service → numbers.

May import `storage`, `plugins`, `records`, `errors`; no other stage.
"""
