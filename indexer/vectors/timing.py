"""How long searches take, on as many threads as FAISS is set to use."""

from itertools import pairwise
from time import perf_counter

import numpy as np

from indexer.snapshot.index.vector_index import VectorIndex
from indexer.vectors.recall import RecallSample


def median_ms(index: VectorIndex, sample: RecallSample) -> float:
    """Return the median milliseconds of the searches of a sample, one after the other."""
    times_s = [perf_counter()]
    for place in range(len(sample.queries)):
        sample.search(index, place)
        times_s.append(perf_counter())
    return float(np.median([1000 * (end - start) for start, end in pairwise(times_s)]))
