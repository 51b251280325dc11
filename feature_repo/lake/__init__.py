"""The lake: the bucket, its keys, the manifests of its sources, and the lease of whoever writes."""
