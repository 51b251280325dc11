"""Ingest: reviews and feedback as Parquet files of the lake, the same ones when repeated, resumed or run in parallel.

`files`: each source of reviews with stars is spooled to the local disk (`spool`), texts that the lake has already are
dropped (`selection`), the rest is cut into months (`partitions`) and written, the manifest last (`commit`), by one
ingest at a time (`lake.lease`). `archive` does the same with feedback: it reads `raw` events, which `feedback` turns
into labels. `product_stats` computes the statistics of each product.
"""

from feature_repo.ingest.archive import ingest_archive
from feature_repo.ingest.files import ingest_files, ingest_sample
from feature_repo.ingest.product_stats import update_product_stats

__all__ = ["ingest_archive", "ingest_files", "ingest_sample", "update_product_stats"]
