"""A column in a few figures, and how far another one has moved from it."""

from math import log, nan

import pytest

from jupyter_mlops.telemetry.profile import MOVED, SHIFTED, population_stability, profile, profile_column, shares_in

HUNDRED = [float(number) for number in range(100)]


def test_numbers():
    column = profile_column("age", [*HUNDRED, None, nan])
    assert (column.count, column.missing, column.least, column.most) == (102, 2, 0.0, 99.0)
    assert column.mean == pytest.approx(49.5)
    assert column.deviation == pytest.approx(28.866, abs=0.001)
    assert len(column.edges) == 9
    assert column.edges[0] == pytest.approx(9.9)  # numpy.quantile(range(100), 0.1)
    assert column.shares == pytest.approx([0.1] * 10)


def test_categories_are_the_most_frequent_ones():
    column = profile_column("colour", ["red"] * 3 + ["blue"] + [None])
    assert column.top == {"red": 0.75, "blue": 0.25}
    assert (column.count, column.missing, column.mean) == (5, 1, None)
    assert profile_column("flag", [True, False, True]).top == {"True": 2 / 3, "False": 1 / 3}
    assert len(profile_column("id", [f"customer {number}" for number in range(50)]).top) == 10


def test_a_column_with_nothing_in_it():
    column = profile_column("empty", [None, None])
    assert (column.count, column.missing, column.top) == (2, 2, {})
    assert profile({}) == ()


def test_values_that_repeat_have_fewer_bins():
    column = profile_column("constant", [5.0] * 100)
    assert column.edges == (5.0,)
    assert column.shares == (0.0, 1.0)


def test_a_value_on_an_edge_belongs_to_the_bin_above_it():
    assert shares_in([1.0, 2.0], [0.5, 1.0, 1.5, 2.0]) == (0.25, 0.5, 0.25)


def test_the_index_of_the_same_data_is_zero_and_of_other_data_large():
    training = profile_column("age", HUNDRED)
    assert population_stability(training, HUNDRED) == pytest.approx(0)
    shifted = population_stability(training, [value + 8 for value in HUNDRED])
    assert shifted is not None
    assert SHIFTED < shifted < 1.0
    moved = population_stability(training, [value + 200 for value in HUNDRED])
    assert moved is not None
    assert moved > MOVED


def test_the_index_by_hand():
    training = profile_column("colour", ["red"] * 50 + ["blue"] * 50)
    found = population_stability(training, ["red"] * 80 + ["blue"] * 20)
    assert found == pytest.approx((0.8 - 0.5) * log(0.8 / 0.5) + (0.2 - 0.5) * log(0.2 / 0.5))


def test_a_category_that_was_never_seen_counts():
    training = profile_column("colour", ["red"] * 100)
    found = population_stability(training, ["red"] * 50 + ["green"] * 50)
    assert found is not None
    assert found > MOVED


def test_a_few_rows_say_nothing():
    training = profile_column("age", HUNDRED)
    assert population_stability(training, HUNDRED[:49]) is None
    assert population_stability(profile_column("age", [1.0]), HUNDRED) is None
    assert population_stability(training, ["text"] * 60) is None
