"""The one spelling of a document, and its sha256."""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["canonical_json", "digest_of"]


def canonical_json(document: Any) -> bytes:
    """The one spelling of a JSON document: sorted keys, no spaces, UTF-8. Digests are taken of it."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(document: Any) -> str:
    """The sha256 of a document's canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(document)).hexdigest()
