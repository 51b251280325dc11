"""The settings of the application, each an environment variable of the same name in capitals."""

from __future__ import annotations

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Settings(BaseSettings):
    """Read once, when the server starts. Keys never reach the browser."""

    api_url: str
    """The URL of the API, stage included."""
    api_key: SecretStr
    """The API key of the visitors' requests."""
    reviewers_api_key: SecretStr = SecretStr("")
    """The API key with which reviews are labelled. Without it, there is no review queue."""
    retrain_function: str = ""
    """The name of the retrain function; empty if the page on retraining cannot start one."""
    artifacts_bucket: str = ""
    """The bucket of the models, the audit log and the outcomes of retraining runs."""
    prometheus_url: SecretStr = SecretStr("")
    """The URL of Prometheus, which may hold user and password; empty where the loop has none."""
    lake_bucket: str = ""
    """The bucket with the archived predictions; without it the page cannot say why they moved."""
    mlflow_tracking_uri: str = ""
    """The address of MLflow, for the registry."""
    mlflow_url: str = ""
    """The address of MLflow's pages, for links; empty for the same."""
    airflow_url: str = ""
    """The address of Airflow's pages, for links; empty for none."""
    aws_region: str = Field("us-east-1", validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"))
    """The region of the function and of the bucket."""
    frontend_hosts: str = "127.0.0.1 localhost"
    """The host names, separated by spaces, that browsers may use for the application. Others are refused."""
    frontend_jobs: int = Field(default=2, ge=1)
    """How many uploaded files are predicted at once, of all visitors."""
    frontend_users: str = ""
    """Who may use the application when it has other host names: see `frontend.login.allows`."""

    @property
    def users(self) -> list[str]:
        """Who may use the application, one by one."""
        return self.frontend_users.split()

    @property
    def on_this_machine_only(self) -> bool:
        """Whether browsers elsewhere are refused."""
        return _LOOPBACK.issuperset(self.hosts)

    @property
    def hosts(self) -> list[str]:
        """The host names one by one."""
        return self.frontend_hosts.split()
