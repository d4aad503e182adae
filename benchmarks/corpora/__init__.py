"""Reading corpora with known answers: parallel ones and judged ones. Benchmarks of quality import it."""
