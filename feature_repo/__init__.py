"""The feature store: ingest of reviews, feedback and product statistics, and features for training and serving."""

from __future__ import annotations

from typing import TypeVar

import typeguard

Checked = TypeVar("Checked")


def _unchecked(target: Checked) -> Checked:
    """Return what Feast would have checked while it runs, unchanged."""
    return target


# For its checks typeguard compiles half of Feast again in every process: 5.5 of the 8 s that `import feast` took. They
# are "not meant to be run in production" (typeguard), which turns them off under `python -O` alone.
typeguard.typechecked = _unchecked  # type: ignore[assignment] # Feast uses it without options, the other overload
