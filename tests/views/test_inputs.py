"""A service's inputs beside its training sample."""

from jupyter_mlops.sdk.collecting import Inputs
from jupyter_mlops.telemetry.collected import Collected
from jupyter_mlops.telemetry.profile import profile
from jupyter_mlops.views.inputs import inputs_look
from jupyter_mlops.views.look import bundle
from jupyter_mlops.views.monitor import MonitorLook, monitor_bundle
from tests.views import samples as s

TRAINING = profile({"age": [float(n) for n in range(100)], "colour": ["red"] * 50 + ["blue"] * 50})
SINCE = "2026-11-22T06:00:00.000+00:00"


def test_what_moved_stands_on_top_with_its_word():
    now = Collected(
        60, SINCE, {"age": [float(n) for n in range(0, 100, 2)][:50] + [None] * 10, "colour": ["green"] * 60}
    )
    lines = inputs_look(Inputs(training=TRAINING, collected=now)).text().splitlines()
    assert lines[2].split()[0] == "colour"
    assert lines[2].split()[-1] == "moved"
    assert "49.5 ± 29" in lines[3]
    assert "17 %" in lines[3]
    assert "60 rows since 2026-11-22 06:00 UTC" in lines[4]


def test_few_rows_have_no_index():
    now = Collected(2, SINCE, {"age": [1.0, 2.0], "colour": ["red", "red"]})
    text = inputs_look(Inputs(training=TRAINING, collected=now)).text()
    assert "from 50 rows on" in text
    assert "moved" not in text


def test_one_line_where_there_is_nothing_to_compare():
    look = inputs_look(Inputs(training=TRAINING, why="%update_service s --collect-model-data turns that on"))
    shown = monitor_bundle(MonitorLook("diabetes", s.HEALTHY, s.windows(), s.whole(), inputs=look))
    assert "--collect-model-data" in shown["text/plain"]
    assert "--collect-model-data" in shown["text/html"]


def test_a_name_and_a_value_stay_text():
    evil = profile({"<script>": ["<script>"] * 60})
    now = Collected(60, SINCE, {"<script>": ["<script>"] * 60})
    assert "<script" not in bundle(inputs_look(Inputs(training=evil, collected=now)))["text/html"]
