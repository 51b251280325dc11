"""Training on more reviews than fit in memory: each text is read once, and its features are kept on disk.

Worker processes turn texts into chunks (`featurising`), which go to an unnamed temporary file (`spill`) while the
n-grams are counted (`ngrams`). Once the most frequent ones are known, the chunks become blocks of numbered columns
(`blocks`), and the weights are fitted in passes over the file (`fitting`). Memory depends on the number of n-grams
that may get a weight, not on the number of reviews.
"""
