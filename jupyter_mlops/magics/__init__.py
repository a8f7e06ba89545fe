"""SURFACE: what you type in a cell, one verb a magic.

May import `views`, `sdk` and what lies below; never another surface.
"""
