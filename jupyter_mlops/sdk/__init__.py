"""The nouns of Azure ML v1, thin, with text reprs: what a script or a notebook programs against.

May import `operations` and the stages. Keeps no state of its own beyond a record.

One module a noun; what lies between a noun and an operation has its own: `preparation` (what happens in the
kernel before anything is recorded), `packages` (the lock), `deployment` (what is recorded), `requests` (asking).
"""
