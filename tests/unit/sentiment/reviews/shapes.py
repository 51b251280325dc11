"""The shapes in which people have reviews: each writes the same reviews as files of that shape are written."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

import pyarrow as pa
from pyarrow import parquet

from sentiment.reviews.reading.fields import as_written
from sentiment.reviews.stars import label_of_stars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sentiment.reviews.review import Review

NAME = "Jane Q. Reviewer"
EVERYTHING = frozenset(("title", "stars", "product_id", "time"))


class Given(NamedTuple):
    """A review as somebody has it."""

    text: str
    stars: int
    title: str
    product_id: str
    time: datetime


class Shape(NamedTuple):
    """How reviews are written.

    Attributes:
        write: Returns the bytes of a file.
        keeps: What it has besides text and label.
        one_line: Whether a text has no line ends and tabs.
        encoding: Characters that a text may have.
    """

    write: Callable[[Sequence[Given]], bytes]
    keeps: frozenset[str] = EVERYTHING
    one_line: bool = False
    encoding: str = "utf-8"


def expected(given: Given, shape: Shape) -> tuple[object, ...]:
    """The text, title, label, stars, product and time that are read."""
    keeps = shape.keeps
    return (
        as_written(given.text),
        as_written(given.title) if "title" in keeps else "",
        label_of_stars(given.stars),
        float(given.stars) if "stars" in keeps else None,
        given.product_id if "product_id" in keeps else None,
        given.time if "time" in keeps else None,
    )


def read(review: Review) -> tuple[object, ...]:
    """The same of a review."""
    return review.text, review.title, review.label, review.stars, review.product_id, review.time


def record(given: Given) -> dict[str, Any]:
    """A row with columns as a shop names them."""
    return {
        "Reviewer": NAME,
        "Product ID": given.product_id,
        "Review Date": given.time.isoformat(),
        "Rating": given.stars,
        "Review Title": given.title,
        "Review": given.text,
    }


def _csv(
    separator: str = ",", *, encoding: str = "utf-8", line_end: str = "\n", pad: int = 0, index: bool = False
) -> Callable[[Sequence[Given]], bytes]:
    def write(reviews: Sequence[Given]) -> bytes:
        rows = [record(given) for given in reviews]
        table = [list(rows[0]), *(list(row.values()) for row in rows)]
        if index:
            table = [[number - 1 if number else "", *cells] for number, cells in enumerate(table)]
        table = [[*cells, *[""] * pad] for cells in table]
        if pad:
            table.insert(1, [""] * len(table[0]))
        out = io.StringIO()
        csv.writer(out, delimiter=separator, lineterminator=line_end).writerows(table)
        return out.getvalue().encode(encoding)

    return write


def _short_rows(reviews: Sequence[Given]) -> bytes:
    """Rows that end before their empty columns, as Excel writes them."""
    out = io.StringIO()
    rows = [[given.stars, given.text] for given in reviews]
    csv.writer(out).writerows([["stars", "text", "title", "date"], *rows])
    return out.getvalue().encode()


def _json_lines(records: Callable[[Given], dict[str, Any]]) -> Callable[[Sequence[Given]], bytes]:
    return lambda reviews: b"".join(json.dumps(records(given)).encode() + b"\n" for given in reviews)


def _nested(reviews: Sequence[Given]) -> bytes:
    """Products with their reviews, as a shop's interface answers."""
    products = [
        {
            "asin": given.product_id,
            "name": "A product",
            "images": [{"url": "a"}, {"url": "b"}],
            "reviews": [
                {
                    "author": {"name": NAME},
                    "rating": {"value": given.stars},
                    "title": given.title,
                    "text": given.text,
                    "date": given.time.isoformat(),
                }
            ],
        }
        for given in reviews
    ]
    return json.dumps({"meta": {"page": 1}, "products": products}, indent=1).encode()


def _columns(reviews: Sequence[Given]) -> bytes:
    rows = [record(given) for given in reviews]
    return json.dumps({name: {str(at): row[name] for at, row in enumerate(rows)} for name in rows[0]}).encode()


def _split(reviews: Sequence[Given]) -> bytes:
    rows = [record(given) for given in reviews]
    data = [list(row.values()) for row in rows]
    return json.dumps({"columns": list(rows[0]), "index": list(range(len(rows))), "data": data}).encode()


def _parquet(reviews: Sequence[Given]) -> bytes:
    out = io.BytesIO()
    rows = [record(given) | {"Review Date": given.time} for given in reviews]
    parquet.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def workbook(rows: Iterable[Sequence[object]]) -> bytes:
    """An Excel workbook with one sheet."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for at, value in enumerate(row):
            place = f"{chr(ord('A') + at)}{number}"
            if isinstance(value, str):
                shown = escape(value, {"\n": "&#10;", "\t": "&#9;"})
                cells.append(f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>')
            else:
                cells.append(f'<c r="{place}"><v>{value}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    kinds = "http://schemas.openxmlformats.org/"
    sheet = f'<worksheet xmlns="{kinds}spreadsheetml/2006/main"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{kinds}package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{kinds}officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{kinds}spreadsheetml/2006/main" '
        f'xmlns:r="{kinds}officeDocument/2006/relationships"><sheets>'
        '<sheet name="Reviews" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{kinds}package/2006/relationships"><Relationship '
        f'Id="rId1" Type="{kinds}officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{content}')
    return out.getvalue()


def _excel(reviews: Sequence[Given]) -> bytes:
    rows = [record(given) for given in reviews]
    blank: list[str] = [""] * len(rows[0])
    return workbook([list(rows[0]), blank, *(list(row.values()) for row in rows)])


def _class(given: Given) -> str:
    return "2" if given.stars > 3 else "1"


def _polarity(reviews: Sequence[Given]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([_class(given), given.title, given.text.replace("\n", "\\n")] for given in reviews)
    return out.getvalue().encode()


def _fasttext(reviews: Sequence[Given]) -> bytes:
    return "".join(f"__label__{_class(given)} {given.text}\n" for given in reviews).encode()


def _archive_of_folders(reviews: Sequence[Given]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, given in enumerate(reviews):
            folder = "pos" if given.stars > 3 else "neg"
            archive.writestr(f"imdb/train/{folder}/{number:05d}_7.txt", given.text)
    return out.getvalue()


def _amazon_2023(given: Given) -> dict[str, Any]:
    return {
        "rating": float(given.stars),
        "title": given.title,
        "text": given.text,
        "images": [{"small_image_url": "a"}],
        "asin": "B0VARIANT0",
        "parent_asin": given.product_id,
        "user_id": NAME,
        "timestamp": int(given.time.timestamp() * 1000),
    }


def _mcauley(given: Given) -> dict[str, Any]:
    return {
        "overall": float(given.stars),
        "reviewerName": NAME,
        "asin": given.product_id,
        "reviewText": given.text,
        "summary": given.title,
        "style": {"Color:": "red"},
        "unixReviewTime": int(given.time.timestamp()),
    }


def _kaggle(reviews: Sequence[Given]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Id", "ProductId", "UserId", "ProfileName", "Score", "Time", "Summary", "Text"])
    for number, given in enumerate(reviews):
        seconds = int(given.time.timestamp())
        writer.writerow([number, given.product_id, "U1", NAME, given.stars, seconds, given.title, given.text])
    return out.getvalue().encode()


PDS_HEADER = (
    "marketplace\tcustomer_id\treview_id\tproduct_id\tproduct_parent\tproduct_title\tproduct_category\tstar_rating\t"
    "helpful_votes\ttotal_votes\tvine\tverified_purchase\treview_headline\treview_body\treview_date"
)


def pds_row(given: Given) -> list[object]:
    """A row of amazon-reviews-pds."""
    written = [given.title, given.text, given.time.date().isoformat()]
    return ["US", NAME, "R1", given.product_id, 1, "A", "Books", given.stars, 0, 0, "N", "Y", *written]


def _pds_saved_again(reviews: Sequence[Given]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerows([PDS_HEADER.split("\t"), *map(pds_row, reviews)])
    return out.getvalue().encode()


def _snap(reviews: Sequence[Given]) -> bytes:
    return "".join(
        f"product/productId: {given.product_id}\nreview/profileName: {NAME}\nreview/score: {given.stars}.0\n"
        f"review/time: {int(given.time.timestamp())}\nreview/summary: {given.title}\nreview/text: {given.text}\n\n"
        for given in reviews
    ).encode()


SHAPES = {
    "csv": Shape(_csv()),
    "csv with an index and padding": Shape(_csv(pad=3, index=True)),
    "csv of Excel": Shape(_csv(encoding="utf-8-sig", line_end="\r\n")),
    "csv in cp1252": Shape(_csv(encoding="cp1252"), encoding="cp1252"),
    "csv in UTF-16": Shape(_csv(encoding="utf-16")),
    "csv in UTF-16 without a mark": Shape(_csv(encoding="utf-16-le"), encoding="cp1252"),
    "csv of an old Mac": Shape(_csv(line_end="\r"), one_line=True),
    "csv with short rows": Shape(_short_rows, keeps=frozenset(("stars",))),
    "semicolons": Shape(_csv(";")),
    "bars": Shape(_csv("|")),
    "tsv": Shape(_csv("\t")),
    "json lines": Shape(_json_lines(record)),
    "json array": Shape(lambda reviews: json.dumps([record(given) for given in reviews]).encode()),
    "json array, indented": Shape(lambda reviews: json.dumps(list(map(record, reviews)), indent=2).encode()),
    "json in UTF-16": Shape(
        lambda reviews: json.dumps(list(map(record, reviews)), ensure_ascii=False).encode("utf-16")
    ),
    "json, nested": Shape(_nested),
    "json in columns": Shape(_columns),
    "json, split": Shape(_split),
    "parquet": Shape(_parquet),
    "excel": Shape(_excel),
    "amazon_polarity": Shape(_polarity, keeps=frozenset(("title",))),
    "fasttext": Shape(_fasttext, keeps=frozenset(), one_line=True),
    "folders": Shape(_archive_of_folders, keeps=frozenset()),
    "amazon_2023": Shape(_json_lines(_amazon_2023)),
    "mcauley": Shape(_json_lines(_mcauley)),
    "kaggle": Shape(_kaggle),
    "amazon_pds, saved again": Shape(_pds_saved_again),
    "snap": Shape(_snap, one_line=True),
}

FEW = [
    Given("It works, and well", 5, "Good", "B001", datetime(2020, 3, 4, tzinfo=UTC)),
    Given('He said "never again";\nso did I\there', 1, "Bad; really", "B002", datetime(2021, 1, 2, tzinfo=UTC)),
    Given("Na\xefve caf\xe9 \u2014 fine", 4, "", "B003", datetime(2022, 12, 31, tzinfo=UTC)),
    Given("Broken &amp; late", 2, "No", "B001", datetime(2019, 7, 8, tzinfo=UTC)),
]
