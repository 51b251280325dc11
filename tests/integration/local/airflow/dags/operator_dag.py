"""Triggers another DAG through the MWAA API with Airflow's operator."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from airflow.providers.amazon.aws.operators.mwaa import MwaaTriggerDagRunOperator
from airflow.sdk import dag


@dag(dag_id="operator", schedule=None, is_paused_upon_creation=False)
def operator() -> None:
    """One task."""
    MwaaTriggerDagRunOperator(
        task_id="trigger",
        env_name=os.environ["PROBED_ENVIRONMENT"],
        trigger_dag_id="probe",
        trigger_run_id="by-operator",
        logical_date=datetime.now(UTC).isoformat(),  # Airflow 3 requires it, and the hook omits it when it is None
        wait_for_completion=True,
        waiter_delay=1,
    )


operator()
