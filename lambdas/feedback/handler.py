"""Handler of the feedback function: builds its parts and clients before the first request."""

from __future__ import annotations

import logging

from lambdas.feedback import routes
from lambdas.feedback.ledger import Ledger
from lambdas.feedback.rater import RaterHash
from lambdas.feedback.settings import Settings
from lambdas.shared import aws
from lambdas.shared.environment import from_environment
from lambdas.shared.web.edge import Edge
from lambdas.shared.web.gateway import application, as_handler

logger = logging.getLogger(__name__)

_settings = from_environment(Settings)
_raters = RaterHash(_settings.rater_key_secret, aws.secrets_manager)
app = application(routes.router)
app.state.ledger = Ledger(_settings.tables, aws.dynamodb)
app.state.raters = _raters

try:
    _raters.key()
except aws.AwsError as error:
    logger.warning("started without the raters' key, which the next request reads: %s", aws.error_code(error))
aws.dynamodb()

handler = as_handler(Edge(app, allowed_origins=_settings.allowed_origins.split()))
