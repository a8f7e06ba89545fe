"""Plans and the runner: the ONLY place that wires the stages together.

May import every stage, `storage` and `plugins`. A surface records an operation here; a detached process advances it.
"""
