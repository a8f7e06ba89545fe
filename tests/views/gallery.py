"""Every look on one page, to see with one's own eyes: `python tests/views/gallery.py OUT.html [dark]`."""

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from jupyter_mlops.views.answers import answer_card
from jupyter_mlops.views.images import image_card, images_table
from jupyter_mlops.views.look import bundle
from jupyter_mlops.views.models import model_card, models_table
from jupyter_mlops.views.monitor import MonitorLook, monitor_bundle
from jupyter_mlops.views.operations import OperationLook, operations_table
from jupyter_mlops.views.plans import plan_card
from jupyter_mlops.views.scripts import script_card, scripts_table
from jupyter_mlops.views.services import keys_card, service_card, services_table
from jupyter_mlops.views.workspace import workspace_card
from tests.views import samples as s

_DARK = """--jp-content-font-color1:rgba(255,255,255,.87);--jp-success-color1:#81c784;--jp-error-color1:#e57373;
--jp-warn-color1:#ffb74d;--jp-info-color1:#4dd0e1;--jp-content-link-color:#64b5f6;
--jp-mirror-editor-keyword-color:#66bb6a;--jp-mirror-editor-string-color:#ff7070;--jp-mirror-editor-comment-color:#7f9f9f;
--jp-mirror-editor-number-color:#66bb6a;--jp-mirror-editor-def-color:#42a5f5;"""


def looks() -> list[tuple[str, dict[str, str]]]:
    """(name, mimebundle) of each."""
    end = s.NOON + timedelta(seconds=4)
    one = [
        ("models", models_table([s.model(3), s.model(2, tags={}), s.model(1, name="churn", framework=None)])),
        ("model", model_card(s.model(), used_by=["image diabetes:1", "service diabetes"])),
        ("scripts", scripts_table([s.script(), s.script(name="other", proof=None)])),
        ("script", script_card(s.script(), s.SCRIPT)),
        ("script, not proven", script_card(s.script(proof=None, sample_input=None), s.SCRIPT)),
        ("images", images_table([s.image()])),
        ("image", image_card(s.image(), lock=s.LOCK, used_by=["service diabetes"])),
        (
            "services",
            services_table([(s.service(), s.HEALTHY, ["diabetes:3"]), (s.service(name="churn"), s.FAILED, [])]),
        ),
        (
            "service",
            service_card(
                s.service(),
                s.HEALTHY,
                models=["diabetes:3"],
                image="diabetes:2",
                example=s.EXAMPLE,
                revisions=[s.revision(1), s.revision(2)],
            ),
        ),
        ("service, failed", service_card(s.service(name="churn", revision=None), s.FAILED)),
        ("keys", keys_card("diabetes", regenerated="primary")),
        ("operation, running", OperationLook(s.operation(), s.RUNNING_EVENTS, s.NOON + timedelta(seconds=2))),
        (
            "operation, done",
            OperationLook(s.operation(state="Succeeded", stage=None, finished=end), s.ENDED_EVENTS, end),
        ),
        ("operation, failed", OperationLook(s.failed_operation(), s.ENDED_EVENTS, end)),
        (
            "operation, detached",
            OperationLook(s.operation(), s.RUNNING_EVENTS, s.NOON + timedelta(seconds=2), note="the operation goes on"),
        ),
        (
            "operations",
            operations_table(
                [s.operation(), s.failed_operation(), s.operation(state="Succeeded", finished=end)], now=end
            ),
        ),
        (
            "answer",
            answer_card(
                "diabetes", status=200, elapsed_ms=3.42, value='{"result": [206.1, 68.1, 176.9]}', body=s.EXAMPLE
            ),
        ),
        (
            "answer, records",
            answer_card(
                "churn",
                status=200,
                elapsed_ms=12.1,
                value=[{"id": 1, "p": 0.93}, {"id": 2, "p": 0.07}],
                warnings=["int64 sample with float input"],
            ),
        ),
        (
            "answer, refused",
            answer_card(
                "diabetes",
                status=400,
                elapsed_ms=1.1,
                value={"message": "data: column 'age' is missing"},
                wanted={"data": {"type": "array", "items": {"type": "number"}}},
                body='{"data": "x"}',
                request_id="b7d1",
            ),
        ),
        (
            "plan",
            plan_card(
                "diabetes",
                [
                    "image      the next version of diabetes",
                    "model      diabetes:3 (1.2 MB)",
                    "script     score_diabetes",
                    "proof      done, in this environment",
                    "service    diabetes, new, on the target 'process'",
                ],
                next_line="leave --plan out to do it",
            ),
        ),
        (
            "workspace",
            workspace_card(
                "default",
                "/home/ada/.local/share/jupyter-mlops",
                chosen_by="default",
                counts={"models": 3, "images": 1, "services": 2},
                services=services_table([(s.service(), s.HEALTHY, ["diabetes:3"])]),
            ),
        ),
    ]
    shown = [(name, bundle(look)) for name, look in one]
    monitor = MonitorLook("diabetes", s.HEALTHY, s.windows(), s.whole(), note="every 3 s · %monitor diabetes --stop")
    waiting = MonitorLook("diabetes", s.HEALTHY, [], None)
    return [*shown, ("monitor", monitor_bundle(monitor)), ("monitor, waiting", monitor_bundle(waiting))]


def page(*, dark: bool) -> str:
    """The page, in one theme."""
    theme = f"body{{background:#111;color:#ddd;{_DARK}}}" if dark else "body{background:#fff;color:#111}"
    parts = "".join(f"<h6>{name}</h6>{shown['text/html']}" for name, shown in looks())
    return f"<!doctype html><meta charset=utf-8><style>{theme}h6{{margin:18px 0 2px;color:#88f}}</style>{parts}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(dark="dark" in sys.argv[2:]), encoding="utf-8")
    for name, shown in looks():
        print(f"── {name}\n{shown['text/plain']}\n")
