"""Messages and progress for people: a bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

_LINE_EVERY_S = 10.0

ProgressCallback = Callable[[int], None]
"""Called with the number of items done since the last call."""


class Reporter:
    """Prints messages and progress to a console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def print_line(self, line: str) -> None:
        """Print one line."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[ProgressCallback]:
        """Show the progress of work on `total` items, with rate and remaining time."""
        if not self._console.is_terminal:
            yield self._print_progress(label, total)
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
        with Progress(*columns, console=self._console) as bar:
            task = bar.add_task(label, total=total)
            yield lambda n: bar.advance(task, n)

    def _print_progress(self, label: str, total: int) -> ProgressCallback:
        started = last_line = time.monotonic()
        done = 0

        def advance(n: int) -> None:
            nonlocal done, last_line
            done += n
            now = time.monotonic()
            if now - last_line >= _LINE_EVERY_S or done == total:
                last_line = now
                rate = done / max(now - started, 1e-9)
                left_s = (total - done) / rate if rate else 0.0
                self.print_line(f"{label}: {done:,} of {total:,}, {rate:,.0f}/s, {left_s:,.0f} s left")

        return advance


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")
