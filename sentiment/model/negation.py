"""Which words turn an opinion around or strengthen it, and how far they reach. Standard library only."""

from __future__ import annotations

_NEGATORS = """
    not no never none nothing nobody nowhere neither nor cannot without hardly barely scarcely rarely seldom
    lacks lack lacking n't 't nt dont doesnt didnt isnt wasnt werent arent cant couldnt wouldnt shouldnt wont aint
    havent hasnt hadnt
    aren't can't couldn't daren't didn't doesn't don't hadn't hasn't haven't isn't mightn't mustn't needn't oughtn't
    shan't shouldn't wasn't weren't won't wouldn't ain't
    \u4e0d \u6ca1 \u6c92 \u65e0 \u7121
"""
NEGATORS = frozenset(_NEGATORS.split())
"""Words that turn the opinion after them around. The last line is Chinese: not, have not, without.

U+975E and U+522B are left out: in reviews they are mostly part of "very" and "especially".
"""

_CLAUSE_ENDS = ". , ! ? ; : \u3002 \uff0c \uff01 \uff1f but however although though"
CLAUSE_ENDS = frozenset(_CLAUSE_ENDS.split())
"""Tokens that end a negator's reach, among them four Chinese marks."""

_STRONG = "very really extremely absolutely so totally completely incredibly highly super too"
_WEAK = "slightly somewhat little kinda fairly almost barely"

INTENSIFIERS = {**dict.fromkeys(_STRONG.split(), 1.25), **dict.fromkeys(_WEAK.split(), 0.7)}
"""Factor of an opinion word after one of these."""

NEGATION_SCOPE = 5
"""How many tokens after it a negator reaches, unless the clause ends earlier."""

NEGATED = -0.74
"""Factor of a negated opinion (VADER's constant)."""
