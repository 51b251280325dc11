"""The colours: Okabe and Ito's, which people with any kind of colour vision can tell apart.

The same thing has the same colour on every panel.
"""

from __future__ import annotations

BLUE = "#0072B2"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
ORANGE = "#E69F00"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#999999"

GOOD, WARNING, BAD = GREEN, ORANGE, VERMILION

# By a pattern of the legend.
OF_SOURCE = {r"\baudit\b": BLUE, r"\breviewed\b": GREEN, r"\bvoluntary\b": ORANGE}
OF_LABEL = {r"\bpositive\b": BLUE, r"\bnegative\b": ORANGE}
OF_WINDOW = {r"\b1h\b": SKY, r"\b24h\b": BLUE, r"\b7d\b": PURPLE}
OF_FEATURE = {"^probability$": BLUE, "^characters$": ORANGE, "^unknown_words$": GREEN}
OF_MEASURE = {"^precision\\b": BLUE, "^recall\\b": ORANGE}
OF_TRUTH = {"^audited\\b": BLUE, "^estimate\\b": ORANGE, "^limit$": BAD}
OF_STATUS = {"^2": BLUE, "^3": SKY, "^4": ORANGE, "^5": VERMILION}
OF_QUANTILE = {"^median$": SKY, "^95 %": BLUE, "^99 %": PURPLE}
OF_FUNCTION = {
    r"\binference\b": BLUE,
    r"\bfeedback\b": ORANGE,
    r"\barchive\b": GREEN,
    r"\bretrain\b": PURPLE,
    r"\balerts\b": YELLOW,
}
OF_ROUTE = {
    " /predict$": BLUE,
    " /predict/batch$": SKY,
    " /feedback$": ORANGE,
    " /audit$": VERMILION,
    " /model$": PURPLE,
    " /alerts$": YELLOW,
    "^archive ": GREEN,
    "^retrain ": GREY,
}
OF_JOB = {
    "^pushgateway$": BLUE,
    "^prometheus$": ORANGE,
    "^node$": GREEN,
    "^alertmanager$": PURPLE,
    "^sentiment-monitor$": SKY,
    "^sentiment-functions$": VERMILION,
}
