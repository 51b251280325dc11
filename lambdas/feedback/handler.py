"""Entry of the feedback function: wires it, and makes its clients while Lambda still starts it."""

from __future__ import annotations

import logging

from lambdas.feedback import routes
from lambdas.feedback.ledger import Ledger
from lambdas.feedback.rater import RaterHash
from lambdas.feedback.settings import Settings
from lambdas.shared import aws
from lambdas.shared.web.application import application
from lambdas.shared.web.edge import Edge
from lambdas.shared.web.gateway import as_handler

logger = logging.getLogger(__name__)

_settings = Settings.from_environment()
_raters = RaterHash(_settings.rater_key_secret, aws.secrets_manager)
app = application(routes.router)
app.state.ledger = Ledger(_settings.tables, aws.dynamodb)
app.state.raters = _raters

try:
    _raters.key()
except aws.AwsError as error:
    logger.warning("started without the key of raters, to be read again: %s", aws.error_code(error))
aws.dynamodb()

handler = as_handler(Edge(app))
