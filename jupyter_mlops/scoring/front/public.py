"""The service's own HTTP interface: routes, refusals, and the way of a request into the queue."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import resources

from jupyter_mlops.scoring.front.answers import Stamp, error_body, status_line
from jupyter_mlops.scoring.front.connection import Connection
from jupyter_mlops.scoring.front.decision import Decision, Policy, Refusal, Route
from jupyter_mlops.scoring.front.dispatch import Dispatcher
from jupyter_mlops.scoring.front.head import Head, HttpError
from jupyter_mlops.scoring.front.log import Log
from jupyter_mlops.scoring.front.metrics import Metrics
from jupyter_mlops.scoring.front.score_job import ScoreJob
from jupyter_mlops.scoring.front.swagger import SchemaDocuments, UnknownVersionError

__all__ = ["PublicApp"]

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_NOT_FAILED = "x-ms-run-function-failed: False\r\n"


class PublicApp:
    """Answers what it can itself, and submits the rest.

    `policy`, `documents`, `limit` and `serves` are set anew whenever the revision changes.
    """

    def __init__(self, policy: Policy, dispatcher: Dispatcher, metrics: Metrics, log: Log):
        self.policy = policy
        self.documents: SchemaDocuments | None = None
        self.limit = 104_857_600
        self.serves: Callable[[], bool] = lambda: False
        """Whether a new request would find a worker."""
        self.started = False
        """A revision has been ready once."""
        self.draining: Callable[[], bool] = lambda: False
        self.stamp = Stamp()
        self._dispatcher = dispatcher
        self._metrics = metrics
        self._log = log
        self._clock = time.monotonic

    # --- what connections call

    def begin(self, connection: Connection, head: Head) -> bool:
        """Decides, or remembers what was decided."""
        decision: Decision | None = head.decision
        if decision is None:
            decision = head.decision = Decision(head, self.policy)
            head.memorable = decision.refusal is None and decision.ids.none
            if decision.is_form and not self.policy.warned_of_forms:
                self._warn_of_forms(head)
        if decision.refusal is None:
            return True
        self._refuse(connection, head, decision, decision.refusal)
        return False

    def handle(self, connection: Connection, head: Head, body: bytes) -> None:
        """A whole request that was let in."""
        decision: Decision = head.decision
        if decision.route is Route.SCORE and not decision.preflight:
            made = decision.body
            job = ScoreJob(self, connection, head, decision, body if made is None else made, self._clock())
            self._dispatcher.submit(job)
            return
        self._answer_itself(connection, head, decision)

    def _warn_of_forms(self, head: Head) -> None:
        """Once: Azure ML's server gave such a script an empty text, and curl sends them without being asked to."""
        self.policy.warned_of_forms = True
        self._log.warning(
            "a body with the Content-Type of a form goes to run() as it is; JSON is sent with"
            " -H 'Content-Type: application/json' (said once)",
            content_type=(head.get(b"content-type") or b"").partition(b";")[0].decode("latin-1"),
        )

    def malformed(self, connection: Connection, error: HttpError) -> None:
        """No request at all: the answer is as for any other."""
        body = error_body(error.message)
        self._metrics.traffic.count(Route.OTHER.value, error.status)
        head = (
            f"{status_line(error.status)}{self.stamp.lines()}Content-Type: {_JSON}\r\n{_NOT_FAILED}"
            f"{self.policy.version_line}{connection.persistence}Content-Length: {len(body)}\r\n\r\n"
        )
        connection.answer(head.encode("latin-1"), body)

    def body_limit(self) -> int:
        """Of the revision that serves."""
        return self.limit

    # --- what jobs call

    def finished(self, job: ScoreJob, status: int, size: int, request_id: str) -> None:
        """Counts and logs."""
        seconds = self._clock() - job.arrived
        self._metrics.traffic.scored_one(status, seconds)
        self._log.request(job.http.method, "/score", status, seconds * 1000, size, request_id, job.decision.ids.client)

    def withdrawn(self, job: ScoreJob) -> None:
        """The client has gone."""
        self._dispatcher.withdraw(job)

    # --- its own answers

    def _answer_itself(self, connection: Connection, head: Head, decision: Decision) -> None:
        if decision.preflight:
            failed = decision.route is not Route.HEALTH
            self._reply(connection, head, decision, 200, b"", _HTML, decision.preflight, failed_line=failed)
            return
        try:
            status, body, kind = self._content(decision.route, head)
        except UnknownVersionError as error:
            self._refuse(connection, head, decision, Refusal(404, str(error)))
            return
        lines = "Retry-After: 1\r\n" if status == 503 else ""
        failed = decision.route is not Route.HEALTH or status != 200
        self._reply(connection, head, decision, status, body, kind, lines, failed_line=failed)

    def _content(self, route: Route, head: Head) -> tuple[int, bytes, str]:
        if route is Route.HEALTH:
            return (200, b"Healthy", _HTML) if self.started else (503, error_body("The service is starting."), _JSON)
        if route is Route.LIVE:
            return 200, b'{"live": true}', _JSON
        if route is Route.READY:
            if self.serves() and not self.draining():
                return 200, b'{"ready": true}', _JSON
            return 503, b'{"ready": false}', _JSON
        if route is Route.METRICS:
            return 200, self._metrics.render(), _PROMETHEUS
        if route is Route.DOCS:
            return 200, resources.files(__package__).joinpath("docs.html").read_bytes(), _HTML
        return self._schema(head)

    def _schema(self, head: Head) -> tuple[int, bytes, str]:
        if self.documents is None:
            return 503, error_body("The service is starting."), _JSON
        wanted = "2"
        for pair in head.query.split("&"):
            name, _, value = pair.partition("=")
            if name == "version":
                wanted = value
                break
        return 200, self.documents.get(wanted), _JSON

    def _refuse(self, connection: Connection, head: Head, decision: Decision, refusal: Refusal) -> None:
        body = error_body(refusal.message)
        self._reply(connection, head, decision, refusal.status, body, _JSON, refusal.lines, failed_line=True)

    def _reply(
        self,
        connection: Connection,
        head: Head,
        decision: Decision,
        status: int,
        body: bytes,
        content_type: str,
        lines: str,
        *,
        failed_line: bool,
    ) -> None:
        request_id, id_lines = decision.ids.lines()
        answer = (
            f"{status_line(status)}{self.stamp.lines()}Content-Type: {content_type}\r\n{lines}"
            f"{_NOT_FAILED if failed_line else ''}{decision.common_lines}{id_lines}{connection.persistence}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        connection.answer(answer.encode("latin-1"), b"" if head.method == "HEAD" else body)
        if decision.is_quiet and status < 400:
            return
        if not decision.is_quiet:
            self._metrics.traffic.count(decision.label, status)
        path = head.target.partition("?")[0][:200]
        self._log.request(head.method, path, status, 0.0, len(body), request_id, decision.ids.client)
