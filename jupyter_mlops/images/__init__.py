"""STAGE: files → image: the manifest, and its renderings.

An image exists with no container engine: `manifest` freezes what is in it, `unpack` lays its files out on a machine,
`container` makes layers of the same blobs for an engine, `plan` says in lines what it holds. May import `storage`,
`plugins`, `records`, `errors`; no other stage.
"""

from jupyter_mlops.images.plan import diff

__all__ = ["diff"]
