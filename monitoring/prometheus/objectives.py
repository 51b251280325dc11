"""What the API promises, and the alerts on how fast its error budget goes: by Google's SRE workbook, chapter 5.

- 99.9 % of a function's requests get an answer other than 5xx: what AWS promises of API Gateway, Lambda and DynamoDB
  together (99.95, 99.95 and 99.99 %), and 43 minutes in 30 days.
- 99 % of the predictions of one text take the function at most 250 ms. Ten suffice when it is warm. The rest is room
  for the first request of an environment, which loads the model, and for one repeated call of DynamoDB. Above, people
  notice that they wait.

Requests are counted in steps, and each longer window adds them up: looking at the counters themselves would read three
days of every environment. What the gateway answers itself, such as a 504, no function sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitoring.prometheus.counting import went_up
from monitoring.prometheus.rule import Alert, Group, Record
from monitoring.prometheus.windows import duration
from sentiment.schemas.metrics import PREDICT_ROUTE, REQUEST_SECONDS, REQUESTS, SLOW_S

if TYPE_CHECKING:
    from monitoring.prometheus.windows import Burn, Severity, Windows

_BY = "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A share of requests that may be bad.

    Attributes:
        alert: Name of the alerts on it.
        budget: The share.
        all: Series of the requests in each step.
        bad: Series of the bad ones.
        summary: What is wrong, for people; a template.
    """

    alert: str
    budget: float
    all: str
    bad: str
    summary: str

    def ratio(self, window_s: int) -> str:
        """Return the expression of the share of bad requests in a window."""
        window = duration(window_s)
        return f"(sum_over_time({self.bad}[{window}]) / sum_over_time({self.all}[{window}]))"


ANSWERED = Objective(
    alert="ErrorRatio",
    budget=0.001,
    all="function:sentiment_requests:counted",
    bad="function:sentiment_failed_requests:counted",
    summary="Requests to the {{ $labels.function }} function fail",
)
FAST = Objective(
    alert="Latency",
    budget=0.01,
    all="function:sentiment_predictions_timed:counted",
    bad="function:sentiment_slow_predictions:counted",
    summary="Predictions are slow",
)


def group(windows: Windows) -> Group:
    """Return the counts of requests and the alerts on them, which are evaluated once in a step."""
    alerts = [_alert(objective, severity, windows) for objective in (ANSWERED, FAST) for severity in ("page", "ticket")]
    return Group("requests", windows.step_s, [*_counts(windows), *alerts])


def _counts(windows: Windows) -> list[Record]:
    step = duration(windows.step_s)
    route = f'route="{PREDICT_ROUTE}"'
    timed = went_up(f"{REQUEST_SECONDS.name}_count{{{route}}}", window=step, by=_BY)
    in_time = went_up(f'{REQUEST_SECONDS.name}_bucket{{{route},le="{SLOW_S}"}}', window=step, by=_BY)
    return [
        Record(name=ANSWERED.all, expression=went_up(REQUESTS.name, window=step, by=_BY)),
        Record(name=ANSWERED.bad, expression=went_up(f'{REQUESTS.name}{{code=~"5.."}}', window=step, by=_BY)),
        Record(name=FAST.all, expression=timed),
        Record(name=FAST.bad, expression=f"{FAST.all}\n- on ({_BY})\n{in_time}"),
    ]


def _alert(objective: Objective, severity: Severity, windows: Windows) -> Alert:
    burns = [burn for burn in windows.burns if burn.severity == severity]
    lately = " or ".join(duration(burn.long_s) for burn in burns)
    return Alert(
        name=objective.alert,
        severity=severity,
        needs="functions",
        expression="\nor\n".join(_burns(objective, burn, windows.least_bad) for burn in burns),
        summary=objective.summary,
        description=(
            f"{{{{ $value | humanizePercentage }}}} in the last {lately}, and still. "
            f"The objective allows {100 * objective.budget:g} %."
        ),
    )


def _burns(objective: Objective, burn: Burn, least_bad: int) -> str:
    limit = f"{burn.factor:g} * {objective.budget:g}"
    return f"""\
(
    {objective.ratio(burn.long_s)} > {limit}
  and
    {objective.ratio(burn.short_s)} > {limit}
  and
    sum_over_time({objective.bad}[{duration(burn.long_s)}]) >= {least_bad}
)"""
