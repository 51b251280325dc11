"""Reading reviews from files: published sets, and any table whose columns are known, named or can be guessed.

    for item in read_reviews(Path("All_Beauty.jsonl.gz")):
        ...  # a Review, or a Rejected with its line and the reason

What a file is comes from its first bytes and rows, never from its name. `unpacking` decompresses, `tables` finds the
rows however they are written, `columns` says which column holds what, `row_reviews` makes reviews of rows.
"""

from sentiment.reviews.reading.columns import Columns
from sentiment.reviews.reading.detection import UncertainColumnsError, UnknownFormatError
from sentiment.reviews.reading.files import Detected, detect, read_reviews, size_of
from sentiment.reviews.reading.rows import RefutedError, Rejected

__all__ = [
    "Columns",
    "Detected",
    "RefutedError",
    "Rejected",
    "UncertainColumnsError",
    "UnknownFormatError",
    "detect",
    "read_reviews",
    "size_of",
]
