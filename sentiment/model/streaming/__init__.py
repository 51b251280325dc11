"""Training on more reviews than fit in memory: each text is read once, and what was read waits on disk.

Worker processes read texts into chunks (`featurising`), which go to an unnamed temporary file (`spill`) while the
n-grams are counted (`counting`). Once the most frequent ones are known, the chunks become blocks of numbered columns
(`blocks`), from which the weights are fitted in passes over the file (`objective`, `fitting`). Memory goes with the
number of n-grams that may get a weight, and not with the number of reviews.
"""
