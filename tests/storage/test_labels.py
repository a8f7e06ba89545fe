"""Tags and properties as rows with an index."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.storage.labels import rows


def test_the_rows_of_an_owner() -> None:
    assert rows(7, {"area": "x"}, {"seed": "1"}) == [
        {"owner": 7, "kind": "tag", "key": "area", "value": "x"},
        {"owner": 7, "kind": "property", "key": "seed", "value": "1"},
    ]


@given(st.text(), st.text())
def test_two_values_are_indexed_alike_only_when_they_are_alike(one: str, other: str) -> None:
    def indexed(value: str) -> str:
        text: str = rows(1, {"k": value}, {})[0]["value"]
        return text

    assert (indexed(one) == indexed(other)) == (one == other)
    assert len(indexed(one * 100)) <= 80
    assert indexed(indexed(one * 100)) != indexed(one * 100) or len(one * 100) <= 64
