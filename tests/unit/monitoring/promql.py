"""What expressions of Prometheus read."""

from __future__ import annotations

import promql_parser


def metrics_of(expression: str) -> set[str]:
    """Return the names of the metrics that an expression selects.

    Raises:
        ValueError: It is not PromQL.
    """
    names = set[str]()

    def visit(node: promql_parser.Expr) -> None:
        selector = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
        if isinstance(selector, promql_parser.VectorSelector):
            names.add(selector.name or str(selector))

    promql_parser.walk(promql_parser.parse(expression), visit)
    return names
