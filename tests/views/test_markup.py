"""Nothing that a user typed becomes HTML."""

from jupyter_mlops.views.markup import Markup, el, join


def test_text_is_escaped_and_markup_is_not():
    assert el("p", "a < b & c", el("b", "d")) == "<p>a &lt; b &amp; c<b>d</b></p>"


def test_attributes_are_escaped():
    assert el("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'


def test_what_is_none_or_false_is_left_out():
    assert el("details", None, "x", open=False, title=None) == "<details>x</details>"
    assert el("details", "x", open=True) == '<details open="open">x</details>'


def test_names_of_attributes_are_written_with_dashes():
    assert el("rect", stroke_width=2, cls="a") == '<rect class="a" stroke-width="2"/>'


def test_join_keeps_markup_and_escapes_text():
    assert join("<", Markup("<br/>"), by=" ") == "&lt; <br/>"
