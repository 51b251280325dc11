"""Every format is recognised by its content and read into the same reviews."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from sentiment.reviews.reading import UnknownFormatError, detect, read_reviews
from sentiment.reviews.reading.detection import KNOWN
from sentiment.reviews.record import to_line
from sentiment.reviews.review import Review

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME, USER = "Jane Q. Reviewer", "A3SGXH7AUHU8GW"
TITLE, TEXT, PRODUCT = "Good, not great", 'It\'s "fine" at 6" & <b>cheap</b>\nReally — naïve', "B001E4KFG0"
TIME = datetime(2012, 10, 7, tzinfo=UTC)
SECONDS = int(TIME.timestamp())
HTML = "It&#39;s &quot;fine&quot; at 6&#34; &amp; <b>cheap</b><br />Really — naïve"

OWN_REVIEW = Review("", PRODUCT, TITLE, TEXT, 4.0, "positive", TIME, "somewhere")


class Example(NamedTuple):
    """One review as a format writes it; `without` names the attributes that the format does not have."""

    content: str
    without: tuple[str, ...] = ()
    encoding: str = "utf-8"


def amazon_2023(time: str = "timestamp") -> str:
    row = {
        "rating": 4.0,
        "title": TITLE,
        "text": HTML,
        "images": [],
        "asin": "B0VARIANT0",
        "parent_asin": PRODUCT,
        "user_id": USER,
        time: SECONDS * 1000,
        "helpful_vote": 3,
        "verified_purchase": True,
    }
    return json.dumps(row) + "\n"


MCAULEY_ROW = {
    "overall": 4.0,
    "verified": True,
    "reviewTime": "10 7, 2012",
    "reviewerID": USER,
    "asin": PRODUCT,
    "reviewerName": NAME,
    "reviewText": HTML,
    "summary": TITLE,
    "unixReviewTime": SECONDS,
}
QUOTED = TEXT.replace('"', '""')
CELL = QUOTED.replace("\n", "\\n")
LINE = HTML.replace("—", "-")
PDS_HEADER = (
    "marketplace\tcustomer_id\treview_id\tproduct_id\tproduct_parent\tproduct_title\tproduct_category\tstar_rating\t"
    "helpful_votes\ttotal_votes\tvine\tverified_purchase\treview_headline\treview_body\treview_date\n"
)
KAGGLE_HEADER = "Id,ProductId,UserId,ProfileName,HelpfulnessNumerator,HelpfulnessDenominator,Score,Time,Summary,Text\n"

EXAMPLES = {
    "amazon_2023": Example(amazon_2023()),
    "amazon_2023 sort_timestamp": Example(amazon_2023("sort_timestamp")),
    "amazon_2023 sortTimestamp": Example(amazon_2023("sortTimestamp")),
    "mcauley": Example(json.dumps(MCAULEY_ROW) + "\n"),
    "mcauley date only": Example(
        json.dumps({key: value for key, value in MCAULEY_ROW.items() if key != "unixReviewTime"}) + "\n"
    ),
    "mcauley python": Example(repr(MCAULEY_ROW) + "\n"),
    "amazon_polarity": Example(f'"2","{TITLE}","{CELL}"\n', ("product_id", "stars", "time")),
    "amazon_full": Example(f'"4","{TITLE}","{CELL}"\n', ("product_id", "time")),
    "snap": Example(
        f"product/productId: {PRODUCT}\nreview/userId: {USER}\nreview/profileName: {NAME}\n"
        f"review/helpfulness: 1/1\nreview/score: 4.0\nreview/time: {SECONDS}\n"
        f"review/summary: {TITLE}\nreview/text: {LINE}\n\n",
        encoding="latin-1",
    ),
    "kaggle": Example(f'{KAGGLE_HEADER}1,{PRODUCT},{USER},{NAME},1,1,4,{SECONDS},"{TITLE}","{QUOTED}"\n'),
    "amazon_pds": Example(
        f"{PDS_HEADER}US\t{USER}\tR1\t{PRODUCT}\t1\tA product\tBooks\t4\t0\t0\tN\tY\t{TITLE}\t"
        + TEXT.replace("\n", "<br />")
        + "\t2012-10-07\n"
    ),
    "blitzer": Example(
        f"<reviews>\n<review>\n<unique_id>\n1\n</unique_id>\n<asin>\n{PRODUCT}\n</asin>\n<product_type>\nbooks\n"
        f"</product_type>\n<rating>\n4.0\n</rating>\n<title>\n{TITLE}\n</title>\n"
        f"<date>\nOctober 7, 2012\n</date>\n<reviewer>{NAME}</reviewer>\n"
        f"<reviewer_location></reviewer_location>\n<review_text>\n{TEXT}\n"
        "</review_text>\n</review>\n</reviews>\n"
    ),
}


def expected(example: Example) -> Review:
    wanted = replace(OWN_REVIEW, text=TEXT.replace("—", "-") if example.encoding == "latin-1" else TEXT)
    return replace(
        wanted,
        product_id=None if "product_id" in example.without else wanted.product_id,
        stars=None if "stars" in example.without else wanted.stars,
        time=None if "time" in example.without else wanted.time,
    )


def without_identity(review: Review) -> Review:
    return replace(review, review_id="", source="somewhere")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_review_of_any_format_is_the_same_review(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    path = tmp_path / "no-name-helps.bin"
    path.write_bytes(example.content.encode(example.encoding))

    kind = name.partition(" ")[0]
    assert detect(path).format == kind
    (review,) = read_reviews(path)
    assert isinstance(review, Review)
    assert without_identity(review) == expected(example)
    assert review.source.startswith(kind)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_author_of_a_review_is_never_kept(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(EXAMPLES[name].content.encode(EXAMPLES[name].encoding))
    (review,) = read_reviews(path)
    assert NAME not in repr(review)
    assert USER not in repr(review)


@pytest.mark.parametrize("name", EXAMPLES)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(name: str, tmp_path: Path) -> None:
    plain, windows = tmp_path / "a", tmp_path / "b"
    content = EXAMPLES[name].content.replace("—", "-").replace("ï", "i").encode()
    plain.write_bytes(content)
    windows.write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    (first,), (second,) = read_reviews(plain), read_reviews(windows)
    assert isinstance(first, Review)
    assert isinstance(second, Review)
    assert replace(first, source="") == replace(second, source="")


def tarred(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in (
            ("set/readme.txt", b"hello\n"),
            ("set/train.csv", content),
            ("set/test.csv", content),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("set/database.sqlite", b"SQLite format 3\x00")
        archive.writestr("set/train.csv", content)
        archive.writestr("set/test.csv", content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_file_reads_like_a_plain_one(
    name: str, compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    plain, packed = tmp_path / "file.a", tmp_path / "file.b"
    content = EXAMPLES[name].content.encode(EXAMPLES[name].encoding)
    plain.write_bytes(content)
    packed.write_bytes(compress(content))
    assert list(read_reviews(packed)) == list(read_reviews(plain))


@pytest.mark.parametrize("pack", [tarred, zipped])
def test_every_file_of_an_archive_is_read_or_counted(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "amazon_review_polarity_csv.tgz"
    path.write_bytes(pack(EXAMPLES["amazon_polarity"].content.encode()))

    left_out: Counter[str] = Counter()
    items = list(read_reviews(path, left_out=left_out))
    assert [item.source for item in items if isinstance(item, Review)] == [
        "amazon_polarity/train",
        "amazon_polarity/test",
    ]
    assert len(items) == 2
    assert left_out == {"files of the archive that hold no reviews": 1}


def test_written_reviews_are_read_back_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text(EXAMPLES["amazon_2023"].content)
    reviews = [item for item in read_reviews(first) if isinstance(item, Review)]
    second.write_text("".join(to_line(review) + "\n" for review in reviews))
    assert detect(second).format == "sentiment_loop"
    assert list(read_reviews(second)) == reviews


@pytest.mark.parametrize("content", [b"hello\n", b"[1, 2]\n", b"\x00" * 5000, b"\xff\xfe2\x00", b"one two\n" * 9])
def test_a_file_of_unknown_format_is_refused_with_the_known_ones(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "Reviews.csv"
    path.write_bytes(content)
    with pytest.raises(UnknownFormatError) as refused:
        list(read_reviews(path))
    assert all(known in str(refused.value) for known in KNOWN)
    with pytest.raises(UnknownFormatError):
        detect(path)


def test_polarity_and_stars_are_not_confused(tmp_path: Path) -> None:
    polarity, full = tmp_path / "polarity", tmp_path / "full"
    polarity.write_text('"2","t","a"\n"1","t","b"\n')
    full.write_text('"2","t","a"\n"5","t","b"\n')
    assert [item.label for item in read_reviews(polarity) if isinstance(item, Review)] == [
        "positive",
        "negative",
    ]
    assert [item.label for item in read_reviews(full) if isinstance(item, Review)] == ["negative", "positive"]


def test_a_quote_in_the_tab_separated_set_is_a_character(tmp_path: Path) -> None:
    path = tmp_path / "file.tsv"
    row = "US\t1\tR1\tB1\t1\tA\tBooks\t5\t0\t0\tN\tY\t{}\t{}\t2012-10-07\n"
    path.write_text(PDS_HEADER + row.format('"Great', 'a 6" pipe') + row.format("Bad", 'b"'))
    assert [(item.title, item.text) for item in read_reviews(path) if isinstance(item, Review)] == [
        ('"Great', 'a 6" pipe'),
        ("Bad", 'b"'),
    ]


def test_a_name_over_two_lines_is_not_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "finefoods.txt"
    path.write_text(
        f"product/productId: B1\nreview/profileName: {NAME}\n{NAME} again\n"
        "review/score: 5.0\nreview/text: Good\nvery good\n"
    )
    (review,) = read_reviews(path)
    assert isinstance(review, Review)
    assert review.text == "Good\nvery good"
    assert NAME not in repr(review)


def test_reading_twice_gives_the_same_ids(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(EXAMPLES["mcauley"].content * 2)
    first, again = list(read_reviews(path)), list(read_reviews(path))
    assert first == again
    assert first[0] == first[1]
