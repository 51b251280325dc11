"""How reviews and feedback become parquet partitions of the lake: again, after a crash or in parallel, the same ones.

`files`, `sample`: each source of starred reviews is spooled to the local disk (`spool`), freed of texts that the
lake has already (`known`), cut into months (`partitions`) and published, its `manifest` last (`publishing`), by one
ingest at a time (`lease`). `archive`: the same for what people said of predictions, from `raw` events, of which
`judgements` makes labels. `product_stats`: what follows from them for each product.
"""

from feature_repo.ingest.archive import ingest_archive
from feature_repo.ingest.files import ingest_files
from feature_repo.ingest.product_stats import update_product_stats
from feature_repo.ingest.sample import ingest_sample
from feature_repo.lake.counts import IngestCounts

__all__ = ["IngestCounts", "ingest_archive", "ingest_files", "ingest_sample", "update_product_stats"]
