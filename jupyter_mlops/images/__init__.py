"""STAGE: files → image: the manifest, and its renderings.

May import `storage`, `plugins`, `records`, `errors`; no other stage.
"""
