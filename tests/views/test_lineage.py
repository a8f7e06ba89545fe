"""The workflow picture: what stands where, what is joined, what the pointer and a screen reader are told."""

import xml.etree.ElementTree as ElementTree
from datetime import timedelta

from jupyter_mlops.sdk.lineage import Lineage, Node
from jupyter_mlops.views.lineage import LineageLook, placed
from tests.views import samples as s

SVG = "{http://www.w3.org/2000/svg}"


def node(kind, label, age=0):
    name, _, version = label.partition(":")
    return Node(kind=kind, label=label, name=name, version=int(version or 1), created=s.NOON - timedelta(hours=age))


GRAPH = Lineage(
    nodes=[
        node("model", "diabetes:2"),
        node("model", "diabetes:1", 5),
        node("image", "glucose:2"),
        node("image", "glucose:1", 4),
        node("service", "diabetes"),
    ],
    edges=[
        ("model/diabetes:2", "image/glucose:2"),
        ("model/diabetes:1", "image/glucose:1"),
        ("image/glucose:1", "service/diabetes"),
    ],
)


def test_columns_by_kind_and_no_line_crosses_another():
    places = {box.node.id: (box.column, box.row) for box in placed(GRAPH)}
    assert places["service/diabetes"][0] == 2
    rows = [(places[start][1], places[end][1]) for start, end in GRAPH.edges if end.startswith("image")]
    assert sorted(start for start, _ in rows) == [start for start, _ in sorted(rows, key=lambda row: row[1])]


def test_a_box_each_and_a_line_for_each_edge():
    root = ElementTree.fromstring(LineageLook(GRAPH, {"diabetes": s.HEALTHY}).html())
    assert len(list(root.iter(f"{SVG}rect"))) == 5
    assert len(list(root.iter(f"{SVG}path"))) == 3
    (link,) = root.iter(f"{SVG}a")
    assert link.get("href") == s.HEALTHY.scoring_uri
    assert "Healthy" in link.find(f"{SVG}title").text


def test_as_text_it_is_a_line_a_chain():
    text = LineageLook(GRAPH, {"diabetes": s.HEALTHY}).text()
    assert "service diabetes:1 → glucose:1 → diabetes (Healthy)" in text.splitlines()
    assert "image diabetes:2 → glucose:2" in text.splitlines()


def test_a_large_workspace_shows_the_newest_and_says_so():
    many = Lineage(nodes=[node("model", f"m:{number}", number) for number in range(1, 41)], edges=[])
    html = LineageLook(many).html()
    assert html.count("<rect") == 25
    assert "15 models" in html
    assert ">m:1<" in html
    assert ">m:40<" not in html


def test_a_script_in_a_name_stays_text():
    evil = Lineage(nodes=[node("model", "<script>:1")], edges=[])
    assert "<script" not in LineageLook(evil).html()
