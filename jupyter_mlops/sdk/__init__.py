"""The nouns of Azure ML v1, thin, with text reprs: what a script or a notebook programs against.

May import `operations` and the stages. Keeps no state of its own beyond a record.
"""
