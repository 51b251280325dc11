"""Users who give feedback, and the attackers among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sentiment.evaluation.trust import Vote

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sentiment.reviews.review import Label

SHOP = "the shop"
"""The client of all users, which vouches for them: attacks under names that an attacker invents are in `attackers`."""

LABELS_A_USER = 10
KNOWN_A_USER = 8.0
"""Reviews that a user votes on and whose label is secretly known, on average."""

KNOWN_A_FLOODER = 30
WRONG = 0.1
"""How often an honest user is wrong: the loop expects this."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """Who votes wrongly.

    Attributes:
        wrong: How often honest users are wrong.
        malicious: Share of the users who flip every label.
        patient: Whether those vote correctly where the label is known, on texts that they recognise as public.
        choosing: Whether those choose the reviews of which the model is least sure, by its answers.
        flood: Share of the labelled reviews that a few accounts label, all wrongly.
        accounts: How many accounts flood; None for a new account with each label.
    """

    wrong: float = WRONG
    malicious: float = 0.0
    patient: bool = False
    choosing: bool = False
    flood: float = 0.0
    accounts: int | None = 3


WORST = "every user patient"
"""More than weights can withstand: the gate must reject this."""

ATTACKS = {
    "honest users": Attack(),
    "25 % random flips": Attack(wrong=0.25),
    "three accounts flood 40 %": Attack(flood=0.4),
    "40 % of users malicious": Attack(malicious=0.4),
    "40 % of users patient": Attack(malicious=0.4, patient=True),
    "40 % patient, choosing": Attack(malicious=0.4, patient=True, choosing=True),
    "40 % from new names": Attack(flood=0.4, accounts=None),
    WORST: Attack(malicious=1.0, patient=True),
}


class Part(NamedTuple):
    """One seed's split of the rows, and the model of the stars alone.

    Attributes:
        stars: Rows with known labels.
        asked: Rows that feedback labels, in random order.
        evaluated: Rows that the models are evaluated on.
        chances: Probability of positive of every row, by the model of the stars.
        f1: That model's F1 of the positive label, and macro-F1.
    """

    stars: NDArray[np.int64]
    asked: NDArray[np.int64]
    evaluated: NDArray[np.int64]
    chances: NDArray[np.float64]
    f1: NDArray[np.float64]


def votes_of(attack: Attack, labels: NDArray[np.int64], part: Part, random: np.random.Generator) -> list[Vote]:
    """Return the votes of a window: one on each review asked about, and some on reviews whose label is known.

    Args:
        attack: Who votes wrongly.
        labels: The true label of every review, shape (reviews,).
        part: The reviews.
        random: Decides who votes on what, and who is wrong.
    """
    votes: list[Vote] = []

    def vote(rater: str, row: int, *, wrong: bool) -> None:
        label: Label = "positive" if bool(labels[row]) != wrong else "negative"
        votes.append(Vote(rater, str(row), f"{len(votes):06}", label, float(part.chances[row]), SHOP))

    flooded, others = np.split(part.asked, [round(attack.flood * len(part.asked))])
    users = len(others) // LABELS_A_USER
    malicious = random.permutation(users) < round(attack.malicious * users)
    owners = random.permutation(np.arange(len(others)) % users)
    if attack.choosing:
        others = others[np.argsort(np.abs(part.chances[others] - 0.5), kind="stable")]
        owners = owners[np.argsort(~malicious[owners], kind="stable")]
    for user, row in zip(owners, others, strict=True):
        vote(f"user {user}", row, wrong=bool(malicious[user]) or random.random() < attack.wrong)
    for user in range(users):
        errs = 0.0 if malicious[user] and attack.patient else 1.0 if malicious[user] else attack.wrong
        for row in random.choice(part.stars, size=random.poisson(KNOWN_A_USER), replace=False):
            vote(f"user {user}", row, wrong=random.random() < errs)
    for place, row in enumerate(flooded):
        vote(f"flooder {place if attack.accounts is None else place % attack.accounts}", row, wrong=True)
    for account in range(attack.accounts or 0 if attack.flood else 0):
        for row in random.choice(part.stars, size=KNOWN_A_FLOODER, replace=False):
            vote(f"flooder {account}", row, wrong=not attack.patient)
    return votes
