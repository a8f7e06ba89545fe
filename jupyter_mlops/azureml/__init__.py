"""SURFACE: the old import names, `azureml.core` and its neighbours, served by `sdk` where Azure's packages are absent.

May import `sdk` and what lies below; never another surface.
"""
