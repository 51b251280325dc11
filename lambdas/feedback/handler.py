"""Handler of the feedback function: builds its parts and clients before the first request."""

from __future__ import annotations

import logging

from lambdas.feedback import audit, routes
from lambdas.feedback.callers import Callers
from lambdas.feedback.ledger import Ledger
from lambdas.feedback.settings import Settings
from lambdas.feedback.voted import VotedDraws
from lambdas.feedback.waiting import WaitingList
from lambdas.shared import aws
from lambdas.shared.audit_table import Places
from lambdas.shared.environment import from_environment
from lambdas.shared.gateway_calls import resource_of, status_of
from lambdas.shared.loop_secret import LoopSecret
from lambdas.shared.pushing import counted
from lambdas.shared.restored import after_restore
from lambdas.shared.web.edge import Edge
from lambdas.shared.web.gateway import application, as_handler

logger = logging.getLogger(__name__)

_settings = from_environment(Settings)
_secret = LoopSecret(_settings.rater_key_secret, aws.secrets_manager)
app = application(routes.router, audit.router)
app.state.callers = Callers(_secret, _settings.reviewers_api_key_id)
app.state.ledger = Ledger(_settings.tables, aws.dynamodb)
app.state.voted = VotedDraws(_secret, Places(_settings.audit_table, aws.brief_dynamodb), _settings.tables, aws.dynamodb)
app.state.waiting = WaitingList(_settings.tables, aws.dynamodb)

try:
    _secret.value()
except aws.AwsError as error:
    logger.warning("started without the loop's secret, which the next request reads: %s", aws.error_code(error))
aws.dynamodb()
after_restore()

handler = counted(
    as_handler(Edge(app, allowed_origins=_settings.allowed_origins.split())),
    function="feedback",
    pushgateway_url=_settings.pushgateway_url,
    status_of=status_of,
    route_of=resource_of,
)
