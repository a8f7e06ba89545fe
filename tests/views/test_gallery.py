"""What every look has in common: it is well-formed, escaped, in one scope, and says itself in text too."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from jupyter_mlops.views.images import image_card
from jupyter_mlops.views.look import bundle
from jupyter_mlops.views.models import model_card, models_table
from jupyter_mlops.views.operations import OperationLook
from jupyter_mlops.views.scripts import script_card
from jupyter_mlops.views.services import service_card
from tests.views import samples as s
from tests.views.gallery import looks

LOOKS = looks()
EVIL = '<script>alert("x")</script>'


@pytest.mark.parametrize(("name", "shown"), LOOKS, ids=[name for name, _ in LOOKS])
def test_every_look_is_whole(name, shown):
    root = ElementTree.fromstring(shown["text/html"].replace("&nbsp;", " "))
    assert root.get("class") == "jmo"
    assert root[0].tag == "style"
    assert len(shown["text/html"]) < 60_000
    assert shown["text/plain"].strip()
    assert "<" not in shown["text/plain"].replace("<unknown>", "")


@pytest.mark.parametrize(("name", "shown"), LOOKS, ids=[name for name, _ in LOOKS])
def test_every_rule_of_the_style_is_in_our_scope(name, shown):
    style = ElementTree.fromstring(shown["text/html"])[0].text
    for rule in style.split("}"):
        for selector in rule.partition("{")[0].split(","):
            assert not selector or selector.strip().startswith(".jmo"), selector


@pytest.mark.parametrize(
    "look",
    [
        model_card(s.model(name=EVIL, description=EVIL, tags={EVIL: EVIL}, framework=EVIL, version_tag=EVIL)),
        models_table([s.model(name=EVIL, tags={EVIL: EVIL})]),
        script_card(s.script(name=EVIL, models=(EVIL,), imports=(EVIL,)), f"# {EVIL}\n'{EVIL}'"),
        image_card(s.image(name=EVIL, description=EVIL, properties={EVIL: EVIL})),
        service_card(s.service(name=EVIL, tags={EVIL: EVIL}), s.HEALTHY, models=[EVIL], example=EVIL),
        OperationLook(s.operation(subject=f"service/{EVIL}"), s.events((1, "log", EVIL), (2, "stage", EVIL)), s.NOON),
    ],
)
def test_nothing_that_was_typed_becomes_html(look):
    html = bundle(look)["text/html"]
    assert "<script" not in html
    assert "alert" in re.sub(r"<[^>]+>", "", html)
