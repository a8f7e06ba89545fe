"""Plots are text: their numbers can be read out of them."""

import xml.etree.ElementTree as ElementTree

import pytest

from jupyter_mlops.views.monitor import MonitorLook, monitor_bundle
from jupyter_mlops.views.plots import Chart, Line, line_chart, sparkline, stacked_bars, ticks
from tests.views import samples as s

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 0.5, 1]),
        (3, [0, 1, 2, 3]),
        (100, [0, 50, 100]),
        (0.007, [0, 0.005, 0.01]),
        (61, [0, 50, 100]),
    ],
)
def test_ticks_are_round_and_cover_the_highest(highest, expected):
    assert ticks(highest) == pytest.approx(expected)


def test_a_line_goes_from_the_left_foot_to_the_right_top():
    chart = Chart("t", width=148, height=144)
    root = ElementTree.fromstring(line_chart(chart, [0, 1], [Line("a", "red", [0, 1])]))
    (line,) = root.iter(f"{SVG}polyline")
    assert line.get("points") == f"48.0,124.0 140.0,{chart.top}.0"


def test_a_gap_parts_the_line_and_a_lone_point_is_a_dot():
    root = ElementTree.fromstring(line_chart(Chart("t"), [0, 1, 2, 3], [Line("a", "red", [1, 2, None, 3])]))
    assert len(list(root.iter(f"{SVG}polyline"))) == 1
    assert len(list(root.iter(f"{SVG}circle"))) == 1


def test_the_pointer_shows_the_figures():
    root = ElementTree.fromstring(line_chart(Chart("t"), [0, 1], [Line("a", "red", [1, None])]))
    assert [title.text for title in root.iter(f"{SVG}title")] == ["0\na 1", "1\na –"]


def test_no_readings_say_so():
    assert "no readings yet" in line_chart(Chart("t"), [], [])
    assert "no readings yet" in stacked_bars(Chart("t"), [], {}, {})


def test_bars_stand_on_each_other():
    drawn = stacked_bars(Chart("t", height=144), [0], {"ok": [3], "bad": [1]}, {"ok": "green", "bad": "red"})
    drawn_bars = (rect for rect in ElementTree.fromstring(drawn).iter(f"{SVG}rect") if rect.get("fill") is None)
    bars = [rect for rect in drawn_bars if rect.get("rx") is None]  # round ones are the legend's
    (ok, bad) = sorted(bars, key=lambda rect: -float(rect.get("height")))
    assert float(ok.get("height")) == pytest.approx(3 * float(bad.get("height")), abs=0.2)
    assert float(bad.get("y")) + float(bad.get("height")) == pytest.approx(float(ok.get("y")), abs=0.2)


def test_a_sparkline():
    assert sparkline([0, 1, None, 8]) == "▁▂ █"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "▁▁"


def test_a_monitor_shows_figures_four_plots_and_a_picture():
    shown = monitor_bundle(MonitorLook("diabetes", s.HEALTHY, s.windows(), s.whole()))
    assert shown["text/html"].count("<svg") == 4
    assert ElementTree.fromstring(shown["image/svg+xml"]).tag == f"{SVG}svg"
    assert "p95 9.6 ms" in shown["text/plain"]
    assert "▇█▇███" in shown["text/plain"]


def test_a_monitor_before_its_second_reading():
    shown = monitor_bundle(MonitorLook("diabetes", s.HEALTHY, [], None))
    assert "waiting" in shown["text/plain"]


def test_a_monitor_of_a_service_in_trouble_says_why():
    shown = monitor_bundle(MonitorLook("diabetes", s.FAILED, [], None, note="cannot be reached"))
    assert "no model named" in shown["text/plain"]
    assert "cannot be reached" in shown["text/html"]
