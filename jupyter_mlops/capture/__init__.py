"""STAGE: live object, cell, kernel environment → files that stand alone.

May import `storage`, `plugins`, `records`, `errors`; no other stage.
"""
