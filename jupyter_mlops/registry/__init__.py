"""STAGE: names, versions, tags, lineage, who uses what.

May import `storage`, `plugins`, `records`, `errors`; no other stage.
"""
