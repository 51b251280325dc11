"""Functions as on AWS: the answer when one crashes, the log of each call, and no rest of a failed start.

An API call whose function crashed or raised is answered as API Gateway does: with 502 and the API's gateway response
for `DEFAULT_5XX`, without details of the function. ministack 1.5.33 returns the function's error to the caller, with
paths of this machine in it; here that goes to the log.

A function writes its log before its answer, so all of it is in the pipe once the answer is read. ministack waits
nevertheless: 5 ms for a further line, and 50 ms for a function that writes none. It also leaves the unpacked code of
each failed start, which fills up a full disk further.

A deployment lets a function's running calls end, and ends their processes then. ministack ends them at once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import threading
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any

from ministack.core import lambda_runtime
from ministack.services import apigateway_v1, lambda_svc

if TYPE_CHECKING:
    import queue

_shape = apigateway_v1._lambda_proxy_response
_invoke = apigateway_v1._invoke_lambda_proxy_v1
_render = apigateway_v1._gateway_error_response
_kill = lambda_runtime.kill_workers
_invalidate = lambda_svc.invalidate_worker
_replacing = threading.local()
"""Whether this thread replaces a function, so that no call of it may be cut off."""
_READ_BYTES = 65_536
_LAST_OUTPUT_S = 1.0

logger = logging.getLogger("sentiment-loop")


def install() -> None:
    """Patch ministack."""
    apigateway_v1._lambda_proxy_response = _shaped
    apigateway_v1._invoke_lambda_proxy_v1 = _invoked
    apigateway_v1._gateway_error_response = _rendered
    lambda_runtime.Worker = Worker
    lambda_runtime.kill_workers = _ended
    lambda_svc.invalidate_worker = _replaced


class _FunctionFailedError(Exception):
    pass


class _BadGateway(apigateway_v1._GatewayError):  # type: ignore[misc] # ministack has no types
    pass


def _shaped(result: Any) -> tuple[Any, None]:  # noqa: ANN401 (ministack's)
    response, problem = _shape(result)
    if problem:
        raise _FunctionFailedError(problem)
    return response, None


async def _invoked(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (passed on)
    try:
        return await _invoke(*arguments, **named)
    except _FunctionFailedError as failed:
        logger.error("a function failed: %s", failed)  # noqa: TRY400 (the traceback is ministack's)
        return _BadGateway("DEFAULT_5XX", "Internal server error")


def _rendered(error: Any, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:  # noqa: ANN401 (passed on)
    status, headers, body = _render(error, request)
    if isinstance(error, _BadGateway) and status == HTTPStatus.INTERNAL_SERVER_ERROR:  # the API defines no other
        status = HTTPStatus.BAD_GATEWAY.value
    return status, headers, body


def _replaced(*arguments: Any, **named: Any) -> None:  # noqa: ANN401 (passed on)
    _replacing.now = True
    try:
        _invalidate(*arguments, **named)
    finally:
        _replacing.now = False


def _ended(workers: list[Any]) -> None:
    gently = getattr(_replacing, "now", False)
    _kill(
        [worker for worker in workers if not (gently and isinstance(worker, Worker) and worker.ends_after_its_call())]
    )


class Worker(lambda_runtime.Worker):  # type: ignore[misc] # ministack has no types
    """A function's process. Its log is read by a thread, so that the pipe never fills up, and by who needs it now."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 (passed on)
        super().__init__(*arguments)
        self._reading = threading.Lock()
        self._state = threading.Lock()
        self._is_called = self._is_replaced = False

    def ends_after_its_call(self) -> bool:
        """Say that the process ends after the call that goes on. Returns whether one does."""
        with self._state:
            self._is_replaced = True
            return self._is_called

    def invoke(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (passed on)
        """Answer a call."""
        with self._state:
            self._is_called = True
        try:
            return super().invoke(*arguments, **named)
        finally:
            with self._state:
                self._is_called = False
            if self._is_replaced:
                self.kill()

    def _spawn(self) -> None:
        with contextlib.ExitStack() as failed:
            failed.callback(self.kill)
            super()._spawn()
            failed.pop_all()

    def _read_stderr(self) -> None:
        """Read until the process has ended."""
        pipe, pieces = self._proc.stderr, self._stderr_queue
        while self._read_available(pipe, pieces):
            select.select([pipe], [], [])

    def _read_available(self, pipe: IO[str], pieces: queue.Queue[bytes]) -> bool:
        """Read without waiting. Returns whether there may be more later."""
        with self._reading:
            os.set_blocking(pipe.fileno(), False)
            try:
                while piece := os.read(pipe.fileno(), _READ_BYTES):
                    pieces.put(piece)
            except BlockingIOError:
                return True
            return False

    def _drain_stderr(self) -> str:
        if self._proc:
            self._read_available(self._proc.stderr, self._stderr_queue)
        else:  # it was ended, and its pipe with it
            self._stderr_thread.join(_LAST_OUTPUT_S)
        pieces = []
        while not self._stderr_queue.empty():
            pieces.append(self._stderr_queue.get_nowait())
        return b"".join(pieces).decode(errors="replace").removesuffix("\n")

    def _drain_stderr_bounded(self) -> str:
        return self._drain_stderr()
