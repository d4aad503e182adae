"""What is read of a build."""

import json

from benchmarks.harness.build_process import read_build


def test_build_is_read_from_its_output() -> None:
    stages = [{"name": "reading", "seconds": 1.5, "peak_rss_bytes": 7}]
    body = {"current": {"counts": {"articles": 2, "paragraphs": 3}}, "embedded": 1, "stages": stages}
    run = read_build(json.dumps(body), 2.0)
    assert (run.articles, run.paragraphs, run.embedded, run.wall_s) == (2, 3, 1, 2.0)
    assert run.stages[0].peak_rss_bytes == 7
