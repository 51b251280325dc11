"""Drills of what serves predictions and of what watches it: functions with a wrong variable, a silent pushgateway."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import ClientError

from local import start
from local.errors import LocalError
from local.monitoring.servers import PUSHGATEWAY
from monitoring.monitor.pushgateway import Pushgateway, PushgatewayError
from ops import aws
from ops.drills.calls import Api, accepted
from ops.drills.drill import Drill, Drilled
from sentiment.schemas.metrics import JOB_FUNCTIONS, REQUESTS

if TYPE_CHECKING:
    from ops.drills.record import Record

NOWHERE = "http://127.0.0.1:1"
"""An address where nothing listens."""
_ASKED_EVERY_SECOND = 2
_INSTANCE = "drill"


class StoppedPushgateway(Drill):
    """The pushgateway is stopped."""

    def plant(self, on: Drilled, record: Record) -> None:
        """Stop it, as supervised: it does not come back by itself."""
        del record
        on.loop.supervisor.stop(PUSHGATEWAY.name)

    def mend(self, on: Drilled, record: Record) -> None:
        """Start it, as `make up` does."""
        del record
        launched = start.launch_monitoring(on.loop, start.obtain_monitoring(on.loop))
        with on.loop.terminal.step("Start Pushgateway", key="drill-pushgateway", usual_s=2) as step:
            problems = start.monitoring(on.loop, step, [server for server in launched if server is PUSHGATEWAY])
        if problems:
            raise LocalError(problems[0], remedy="make status")


@dataclass(frozen=True, kw_only=True)
class WrongVariable(Drill):
    """A variable of some functions is wrong.

    Attributes:
        functions: The outputs with their names.
        variable: The variable.
        wrong: Its value meanwhile.
        asks: Whether predictions are asked for meanwhile.
    """

    functions: tuple[str, ...]
    variable: str
    wrong: str
    asks: bool = False

    def keep(self, on: Drilled) -> dict[str, Any]:
        """Return the variable of each function as it is."""
        kept = []
        for function in (on.found[output] for output in self.functions):
            before = _variables(on, function).get(self.variable)
            if before is None:
                raise LocalError(f"{function} has no {self.variable} that could be wrong.", remedy="make deploy")
            kept.append({"function": function, "name": self.variable, "before": before, "planted": self.wrong})
        return {"variables": kept}

    def plant(self, on: Drilled, record: Record) -> None:
        """Set the variable."""
        for kept in record.kept["variables"]:
            _set(on, kept["function"], kept["name"], kept["planted"])

    def keep_going(self, on: Drilled, record: Record) -> None:
        """Ask for predictions, which fail or not."""
        del record
        api = Api(on.found)
        for _ in range(_ASKED_EVERY_SECOND if self.asks else 0):
            api.ask(next(on.reviews))

    def mend(self, on: Drilled, record: Record) -> None:
        """Set what is still wrong to what it was: a deployment since then may have set something else."""
        for kept in record.kept["variables"]:
            try:
                wrong = _variables(on, kept["function"]).get(kept["name"]) == kept["planted"]
            except ClientError as error:
                if error.response["Error"]["Code"] == "ResourceNotFoundException":
                    continue  # its stack was destroyed since then
                raise
            if wrong:
                _set(on, kept["function"], kept["name"], kept["before"])


class SilentFunctions(WrongVariable):
    """The functions push to a wrong address, and what they pushed before is gone from the pushgateway.

    The monitor would delete it by itself, after 15 minutes without a push.
    """

    def plant(self, on: Drilled, record: Record) -> None:
        """Set the address, then delete the groups."""
        super().plant(on, record)
        try:
            Pushgateway(on.loop.pushgateway_url).delete_silent(0)
        except PushgatewayError as error:
            raise LocalError(f"Not planted: {error}", remedy="make status") from error


class RefusedPush(Drill):
    """The pushgateway refuses what an execution environment pushes.

    The monitor deletes a group that was not pushed for 15 minutes, so this one ends by itself, too.
    """

    def plant(self, on: Drilled, record: Record) -> None:
        """Push a group, so that the pushgateway knows it, and then what it refuses: a number with a time."""
        del record
        accepted("PUT", _group(on))
        with suppress(httpx.HTTPError):  # 1.11.0 closes the connection where others answer 400
            httpx.put(_group(on), content=f"{REQUESTS.name} 0 1\n", trust_env=False)
        groups = accepted("GET", f"{on.loop.pushgateway_url}/api/v1/metrics")["data"]
        refused = {group["labels"].get("instance") for group in groups if not group["last_push_successful"]}
        if _INSTANCE not in refused:
            raise LocalError("The pushgateway took a malformed push.", remedy="make status")

    def mend(self, on: Drilled, record: Record) -> None:
        """Delete the group."""
        del record
        accepted("DELETE", _group(on))


def _group(on: Drilled) -> str:
    return f"{on.loop.pushgateway_url}/metrics/job/{JOB_FUNCTIONS}/function/drill/instance/{_INSTANCE}"


def _variables(on: Drilled, function: str) -> dict[str, str]:
    found = aws.client(on.loop, "lambda").get_function_configuration(FunctionName=function)
    return dict(found.get("Environment", {}).get("Variables", {}))


def _set(on: Drilled, function: str, name: str, value: str) -> None:
    functions = aws.client(on.loop, "lambda")
    variables = _variables(on, function) | {name: value}
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)
