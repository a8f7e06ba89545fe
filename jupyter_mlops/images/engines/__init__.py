"""Engines by name (seam `engines` of `plugins`): the only modules of `images` that talk to one."""
