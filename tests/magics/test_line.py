"""A line into words: brackets and quotes hold together."""

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.magics.line import unquoted, unwrapped, words


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("  a   b ", ["a", "b"]),
        ("--data X[:, 0] --x", ["--data", "X[:, 0]", "--x"]),
        ("--output f(g(X[:2]), 1)", ["--output", "f(g(X[:2]), 1)"]),
        ("""--json '{"data": [1, 2]}'""", ["--json", """'{"data": [1, 2]}'"""]),
        ("""--json {"data": [1, 2]} -x""", ["--json", """{"data": [1, 2]}""", "-x"]),
        ('df["two words"] x', ['df["two words"]', "x"]),
        ('--tag team="dark blue" x', ["--tag", 'team="dark blue"', "x"]),
        ('"a (b" c', ['"a (b"', "c"]),
        ("a ( b", ["a", "(", "b"]),
        (r'"a \" b" c', [r'"a \" b"', "c"]),
    ],
)
def test_words(line, expected):
    assert words(line) == expected


def test_a_quote_that_is_not_closed_is_named():
    with pytest.raises(UsageError, match="a quote is not closed: 'half"):
        words("--description 'half")


@pytest.mark.parametrize(
    ("word", "expected"),
    [("X", "X"), ("'X[0, 1]'", "X[0, 1]"), ('df["a"]', 'df["a"]'), ("'a' + 'b'", "'a' + 'b'"), ('"a"', "a")],
)
def test_an_expression_keeps_its_own_quotes(word, expected):
    assert unwrapped(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("a", "a"),
        ('"two words"', "two words"),
        ('team="dark blue"', "team=dark blue"),
        (r"'it\'s'", "it's"),
        ("''", ""),
    ],
)
def test_text_loses_its_quotes(word, expected):
    assert unquoted(word) == expected
