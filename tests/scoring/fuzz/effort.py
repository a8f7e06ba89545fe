"""How many inputs a test draws: its share of the whole, which `--fuzz-examples` sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

__all__ = ["IN_CI", "Effort", "effort"]

IN_CI = 7000
"""Inputs in all where nothing else is asked for: drawn the same way each time."""


class Effort:
    """Set by `conftest.py` before the tests are read."""

    examples = IN_CI
    at_random = False


def effort(inputs: int) -> Callable[[Any], Any]:
    """The settings of a test that draws so many of the `IN_CI`."""
    return settings(
        max_examples=max(1, inputs * Effort.examples // IN_CI),
        derandomize=not Effort.at_random,
        database=None,
        deadline=None,
        print_blob=Effort.at_random,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
