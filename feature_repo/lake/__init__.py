"""The lake: which objects the bucket holds, under which keys, and who may write them."""
