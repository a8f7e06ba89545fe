"""Figures as a person writes them."""

from datetime import UTC, datetime

import pytest

from jupyter_mlops.views import words


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 B"), (999, "999 B"), (1234, "1.2 kB"), (1_234_567, "1.2 MB"), (99_960_000, "100 MB"), (5e12, "5.0 TB")],
)
def test_bytes(size, said):
    assert words.bytes_of(size) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (2.34, "2.3 s"), (12.4, "12 s"), (184, "3 min 4 s"), (300, "5 min"), (7500, "2 h 5 min")],
)
def test_seconds(seconds, said):
    assert words.seconds(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.423, "0.42 ms"), (4.23, "4.2 ms"), (42.3, "42 ms"), (420, "420 ms"), (4200, "4.2 s")]
)
def test_milliseconds(value, said):
    assert words.milliseconds(value) == said


def test_counts_and_shares():
    assert words.count(12345) == "12,345"
    assert words.count(0.1234) == "0.123"
    assert words.count(float("nan")) == "nan"
    assert words.rate(12.345) == "12.3/s"
    assert words.percent(0.0042) == "0.42 %"


def test_a_moment_is_in_the_time_zone_of_whoever_looks():
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert words.moment(noon) == noon.astimezone().strftime("%Y-%m-%d %H:%M")
    assert words.moment(None) == ""


def test_tags_in_one_line():
    assert words.pairs({"team": "blue", "gold": ""}) == "team=blue, gold"


def test_a_long_text_is_cut():
    assert words.short("a\n b", 10) == "a b"
    assert words.short("abcdefgh", 5) == "abcd…"
