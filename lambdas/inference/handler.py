"""Handler of the inference function: builds its parts and loads the model before the first request."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from lambdas.inference import docs, routes
from lambdas.inference.audits import Audits
from lambdas.inference.predictions import PredictionTable
from lambdas.inference.predictor import Predictor
from lambdas.inference.product_features import ProductFeatures
from lambdas.inference.product_table import ProductTable
from lambdas.inference.serving import ModelStore, NoModelError
from lambdas.inference.settings import Settings
from lambdas.shared import aws
from lambdas.shared.audit_table import Places
from lambdas.shared.environment import from_environment
from lambdas.shared.gateway_calls import resource_of, status_of
from lambdas.shared.loop_secret import LoopSecret
from lambdas.shared.pushing import counted
from lambdas.shared.restored import after_restore
from lambdas.shared.web.edge import Edge
from lambdas.shared.web.gateway import application, as_handler

if TYPE_CHECKING:
    from lambdas.inference.product_features import Store

logging.getLogger("lambdas").setLevel(logging.INFO)  # the runtime's own level is WARNING
logger = logging.getLogger(__name__)


def _product_store(settings: Settings) -> Store:
    if not settings.redis_url:
        return ProductTable(settings.product_stats_table, aws.quick_dynamodb)
    from lambdas.inference.product_redis import ProductRedis  # noqa: PLC0415 - only where Redis is configured

    return ProductRedis(settings.redis_url, project=settings.loop_name.replace("-", "_"))  # Feast's rule for projects


_settings = from_environment(Settings)
_predictor = Predictor(
    models=ModelStore(_settings.artifacts_bucket, aws.s3),
    table=PredictionTable(_settings.predictions_table, _settings.audit_table, aws.dynamodb),
    products=ProductFeatures(_product_store(_settings), max_age=timedelta(days=_settings.window_days)),
    audits=Audits(
        LoopSecret(_settings.rater_key_secret, aws.brief_secrets_manager),
        Places(_settings.audit_table, aws.brief_dynamodb),
    ),
)
app = application(routes.router, docs.router)
app.state.predictor = _predictor

try:
    _predictor.models.current()
except NoModelError as error:
    logger.warning("started without a model: %s", error)
aws.dynamodb()
_predictor.products.connect()
after_restore(_predictor.models.refresh_next)

handler = counted(
    as_handler(Edge(app, allowed_origins=_settings.allowed_origins.split())),
    function="inference",
    pushgateway_url=_settings.pushgateway_url,
    status_of=status_of,
    route_of=resource_of,
)
