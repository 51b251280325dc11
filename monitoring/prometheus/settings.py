"""The settings of the alerts, each an environment variable of the same name in capitals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from monitoring.prometheus.errors import PrometheusError
from monitoring.prometheus.rule import RUNBOOK

if TYPE_CHECKING:
    from monitoring.prometheus.windows import Windows

_DAY_S = 86_400


class Settings(BaseSettings):
    """Whom alerts reach, and where their runbook is.

    Attributes:
        runbook_url: Address of the runbook, such as that of `docs/runbook.md` on the repository's web page.
        retraining_overdue_days: Longest time between two retrainings; 0 for no such alert.
        alert_webhook_url: Where Alertmanager posts alerts for people; empty for nowhere.
        alert_email_to: Whom it sends mail; empty for nobody.
        alert_email_from: The sender.
        alert_smtp: Host and port of the mail server, which asks this machine for no password.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    runbook_url: Annotated[str, Field(pattern=r"^[^\s#]+$")] = RUNBOOK
    retraining_overdue_days: Annotated[int, Field(ge=0, le=366)] = 8
    alert_webhook_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    alert_email_to: str = ""
    alert_email_from: str = ""
    alert_smtp: Annotated[str, Field(pattern=r"^([^\s:]+:[0-9]+)?$")] = ""

    @model_validator(mode="after")
    def _mail_is_complete(self) -> Self:
        given = [bool(value) for value in (self.alert_email_to, self.alert_email_from, self.alert_smtp)]
        if any(given) and not all(given):
            raise ValueError("mail needs ALERT_EMAIL_TO, ALERT_EMAIL_FROM and ALERT_SMTP (host:port)")
        return self

    def applied_to(self, windows: Windows) -> Windows:
        """Return the windows with what these settings say."""
        return replace(windows, overdue_s=self.retraining_overdue_days * _DAY_S or None)


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        PrometheusError: One line naming every invalid variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join([*(str(part).upper() for part in one["loc"]), one["msg"]])
            for one in error.errors(include_url=False)
        )
        raise PrometheusError(f"invalid settings: {wrong}") from error
