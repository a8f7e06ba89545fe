"""STAGE: one module a framework; `plugins.py` lists them. Each imports its framework only inside its methods."""
