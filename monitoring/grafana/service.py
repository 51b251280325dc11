"""The dashboard of the service: do requests get their answers, in time?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitoring.grafana import layout
from monitoring.grafana.colours import (
    BAD,
    GOOD,
    OF_FUNCTION,
    OF_LABEL,
    OF_QUANTILE,
    OF_ROUTE,
    OF_SOURCE,
    OF_STATUS,
    WARNING,
)
from monitoring.grafana.layout import Section
from monitoring.grafana.panels import Query, chart, number
from monitoring.prometheus.objectives import ANSWERED, FAST
from sentiment.schemas.metrics import (
    COLD_STARTS,
    CPU_SECONDS,
    FEEDBACK,
    JOB_FUNCTIONS,
    JOB_MONITOR,
    PREDICT_ROUTE,
    PREDICTIONS,
    PUSH_FAILURES,
    REQUEST_SECONDS,
    REQUESTS,
    RESIDENT_BYTES,
    SLOW_S,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard

    from monitoring.grafana.panels import Panel
    from monitoring.prometheus.objectives import Objective

_FUNCTIONS = 'function=~"$function"'
_PUSHED = f'job="{JOB_FUNCTIONS}", {_FUNCTIONS}'
"""Other servers have metrics of the same names, of their own processes."""
_PREDICT = f'route="{PREDICT_ROUTE}"'
_BUCKETS, _COUNT = f"{REQUEST_SECONDS.name}_bucket", f"{REQUEST_SECONDS.name}_count"
_MONTH_S = 30 * 86_400


def dashboard() -> Dashboard:
    """Return the dashboard."""
    return layout.page(
        uid="sentiment-service",
        title="Service",
        description="Do requests get their answers, in time?",
        hours=1,
        variables=[layout.any_of("function", "Function", REQUESTS, "function")],
        sections=[
            Section("Is the service all right?", _verdict()),
            Section("Requests", _requests()),
            Section("Execution environments", _environments()),
            Section("What comes in", _incoming()),
        ],
    )


def _verdict() -> list[Panel]:
    return [
        layout.firing(),
        _budget(
            "Error budget left, 30 days",
            f"What is left of the {100 * ANSWERED.budget:g} % of a function's requests that may fail. Below 0: ship "
            "nothing but repairs.",
            ANSWERED,
            width=8,
        ),
        _budget(
            "Budget of slow predictions left, 30 days",
            f"What is left of the {100 * FAST.budget:g} % of predictions that may take longer than "
            f"{1000 * SLOW_S:g} ms.",
            FAST,
            width=4,
        ),
        number(
            "Requests per second",
            "Of all functions.",
            Query(f"sum({_rate(REQUESTS.name)})", "requests"),
            unit="reqps",
            width=3,
        ),
        number(
            "Age of the last push",
            "The functions push while they answer, so without requests this grows; the monitor pushes every minute.",
            Query(
                f'time() - max by (job) (push_time_seconds{{job=~"{JOB_MONITOR}|{JOB_FUNCTIONS}"}})',
                "{{job}}",
            ),
            unit="s",
            width=5,
        ),
    ]


def _budget(title: str, description: str, objective: Objective, *, width: int) -> Panel:
    return number(
        title,
        description,
        Query(f"1 - {objective.ratio(_MONTH_S)} / {objective.budget:g}", "{{function}}"),
        unit="percentunit",
        width=width,
        decimals=0,
        steps=[(-1 / objective.budget, BAD), (0, WARNING), (0.25, GOOD)],
    )


def _requests() -> list[Panel]:
    failing = f'{_FUNCTIONS}, code=~"5.."'
    failed = f"sum by (function, route) ({_rate(REQUESTS.name, failing)})"
    answered = f"sum by (function, route) ({_rate(REQUESTS.name, _FUNCTIONS)})"
    predictions = f"{_FUNCTIONS}, {_PREDICT}"
    in_time = f'{predictions}, le="{SLOW_S}"'
    return [
        chart(
            "Requests by function and route",
            "What is asked for, and how much of it.",
            Query(answered, "{{function}} {{route}}"),
            unit="reqps",
            colours=OF_ROUTE,
            least=0,
        ),
        chart(
            "Answers by status",
            "5xx is our fault, 4xx the client's: many of those are a broken client, or an attack.",
            Query(f"sum by (code) ({_rate(REQUESTS.name, _FUNCTIONS)})", "{{code}}"),
            unit="reqps",
            colours=OF_STATUS,
            stacked=True,
            least=0,
        ),
        chart(
            "Share of failed requests",
            "Those answered with 5xx. The line is what the objective allows. What the gateway answers itself, such as "
            "a 504, no function sees.",
            Query(f"{failed} / {answered}", "{{function}} {{route}}"),
            unit="percentunit",
            colours=OF_ROUTE,
            lines=[(ANSWERED.budget, BAD)],
            least=0,
        ),
        chart(
            "Duration of a prediction",
            f"Inside the function, for one text. The line is {1000 * SLOW_S:g} ms, above which it counts as slow.",
            Query(_quantile(0.5, "le", predictions), "median"),
            Query(_quantile(0.95, "le", predictions), "95 % are faster"),
            Query(_quantile(0.99, "le", predictions), "99 % are faster"),
            unit="s",
            colours=OF_QUANTILE,
            lines=[(SLOW_S, BAD)],
            least=0,
        ),
        chart(
            "Duration of 95 % of the requests, by function and route",
            "All but the slowest twentieth are faster than this.",
            Query(_quantile(0.95, "le, function, route", _FUNCTIONS), "{{function}} {{route}}"),
            unit="s",
            colours=OF_ROUTE,
            least=0,
        ),
        chart(
            "Share of slow predictions",
            f"Those that took longer than {1000 * SLOW_S:g} ms. The line is what the objective allows.",
            Query(
                f"1 - sum({_rate(_BUCKETS, in_time)}) / sum({_rate(_COUNT, predictions)})",
                "slow",
            ),
            unit="percentunit",
            colours={"^slow$": WARNING},
            lines=[(FAST.budget, BAD)],
            least=0,
        ),
    ]


def _environments() -> list[Panel]:
    return [
        chart(
            "Execution environments",
            "Those that pushed in the last 15 minutes; who answers nothing for longer is forgotten.",
            Query(f"count by (function) ({RESIDENT_BYTES.name}{{{_PUSHED}}})", "{{function}}"),
            unit="none",
            width=8,
            colours=OF_FUNCTION,
            least=0,
        ),
        chart(
            "Cold starts",
            "New environments per minute. Each makes somebody wait for the start and the model.",
            Query(f"60 * sum by (function) ({_rate(COLD_STARTS.name, _FUNCTIONS)})", "{{function}}"),
            unit="cpm",
            width=8,
            colours=OF_FUNCTION,
            least=0,
        ),
        chart(
            "Failed pushes",
            "Per minute. Some are a busy pushgateway; many make all that is said of requests here too low.",
            Query(f"60 * sum by (function) ({_rate(PUSH_FAILURES.name, _FUNCTIONS)})", "{{function}}"),
            unit="cpm",
            width=8,
            colours=OF_FUNCTION,
            least=0,
        ),
        chart(
            "Processor time",
            "Seconds in a second, of all environments of a function.",
            Query(f"sum by (function) ({_rate(CPU_SECONDS.name, _PUSHED)})", "{{function}}"),
            unit="suffix: s/s",
            width=8,
            colours=OF_FUNCTION,
            least=0,
        ),
        chart(
            "Memory of the largest environment",
            "What grows without an end is a leak; a function that reaches its limit is killed.",
            Query(f"max by (function) ({RESIDENT_BYTES.name}{{{_PUSHED}}})", "{{function}}"),
            unit="bytes",
            width=8,
            colours=OF_FUNCTION,
            least=0,
        ),
        chart(
            "Age of the last push, by function",
            "It grows while a function has nothing to answer. If it grows with requests, the pushgateway is out of "
            "reach.",
            Query(f"time() - max by (function) (push_time_seconds{{{_PUSHED}}})", "{{function}}"),
            unit="s",
            width=8,
            colours=OF_FUNCTION,
            least=0,
        ),
    ]


def _incoming() -> list[Panel]:
    return [
        chart(
            "Predictions, by label",
            "Per minute. Exact: counted once each, whatever happens to the functions.",
            Query(f"60 * sum by (label) ({_rate(PREDICTIONS.name)})", "{{label}}"),
            unit="cpm",
            colours=OF_LABEL,
            stacked=True,
            least=0,
        ),
        chart(
            "Feedback, by verdict and source",
            "Per minute, and exact. Dashed: thumbs down. Only reviewers' labels of the audit draw are a fair sample.",
            Query(f"60 * sum by (verdict, source) ({_rate(FEEDBACK.name)})", "{{verdict}}, {{source}}"),
            unit="cpm",
            colours=OF_SOURCE,
            dashed="^down,",
            least=0,
        ),
    ]


def _rate(series: str, matchers: str = "") -> str:
    """Return the expression of how much a counter goes up in a second."""
    return f"rate({series}{{{matchers}}}[$__rate_interval])" if matchers else f"rate({series}[$__rate_interval])"


def _quantile(share: float, by: str, matchers: str) -> str:
    buckets = _rate(_BUCKETS, matchers)
    return f"histogram_quantile({share:g}, sum by ({by}) ({buckets}))"
