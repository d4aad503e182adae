"""Running a scenario once under the recorder, and looking at each state that a power cut may leave."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from indexer.snapshot.layout import StoreLayout
from tests.indexer.durability.commands import Scenario, Seen, see, see_logs, see_versions, store_below
from tests.indexer.durability.file_operations import watched
from tests.indexer.durability.power_cut import Crash, crashes, live, write_crash
from tests.indexer.durability.recording import Digest, Moment, Recorder, Recording

Entries = frozenset[tuple[str, Digest | None]]
_OF_VERSIONS = ("versions", "encoders", "CURRENT", "takedowns")
_HIDDEN = ("/.staging-", "/.removing-")
"""Folders that no reader looks at, and that the next build or pruning removes."""


@dataclass(slots=True)
class Replay:
    """A recorded scenario; what was seen of one state is not looked at again."""

    scenario: Scenario
    recording: Recording
    scratch: Path
    _seen: dict[tuple[str, Entries], Seen] = field(default_factory=dict)

    def faults(self, without: str | None = None) -> Iterator[str]:
        """Yield what is wrong in any state after a power cut; `without` is as in `crashes`."""
        expected = [self._see(crash) for crash in self._ends_of_steps()]
        for crash in crashes(self.recording, without):
            yield from self._differences(crash, self._see(crash), expected, self.scenario.unsettled)

    def faults_after_proceeding(self) -> Iterator[str]:
        """Yield what is wrong once people go on from any state after a power cut."""
        expected = [self._see_after_proceeding(crash) for crash in self._ends_of_steps()]
        for crash in crashes(self.recording):
            yield from self._differences(crash, self._see_after_proceeding(crash), expected)

    def _ends_of_steps(self) -> list[Crash]:
        moments = (event for event in self.recording.events if isinstance(event, Moment) and event.between)
        return [live(self.recording, moment) for moment in moments]

    def _differences(
        self, crash: Crash, seen: Seen, expected: list[Seen], unsettled: frozenset[str] = frozenset()
    ) -> Iterator[str]:
        """Yield the subjects that are neither as before the step nor as after it, or after the step not as after it."""
        allowed = expected[crash.step : crash.step + (1 if crash.between else 2)]
        when = f"after step {crash.step}" if crash.between else f"in step {crash.step + 1}"
        free = frozenset[str]() if crash.between else unsettled
        for subject in sorted({*seen, *(name for one in allowed for name in one)} - free):
            if not any(seen.get(subject) == one.get(subject) for one in allowed):
                values = " or ".join(str(one.get(subject)) for one in allowed)
                yield f"{self.scenario.name}, {when}: {subject}: {seen.get(subject)} instead of {values}"

    def _see(self, crash: Crash) -> Seen:
        """Return what is seen of a state. Versions and the rest are looked at apart: most states change one only."""
        of_versions = frozenset(entry for entry in crash.entries if _is_of_versions(entry[0]))
        rest = frozenset(entry for entry in crash.entries - of_versions if not _is_hidden(entry[0]))
        return {
            **self._look("versions", of_versions, see_versions, crash),
            **self._look("rest", rest, see_logs, crash),
            **self._see_text(crash),
        }

    def _see_text(self, crash: Crash) -> Seen:
        """Return which files have the text that is purged, hidden ones too."""
        text, contents = self.scenario.purged, self.recording.contents
        if not text:
            return {}
        paths = [path for path, digest in crash.entries if digest is not None and text in contents[digest]]
        return {"files with the text": sorted(paths)}

    def _see_after_proceeding(self, crash: Crash) -> Seen:
        def proceed_and_see(store: StoreLayout) -> Seen:
            self.scenario.proceed(store)
            return see(store)

        visible = frozenset(entry for entry in crash.entries if not _is_hidden(entry[0]))
        return self._look("next", visible, proceed_and_see, crash)

    def _look(self, what: str, key: Entries, look: Callable[[StoreLayout], Seen], crash: Crash) -> Seen:
        if (what, key) not in self._seen:
            folder = Path(mkdtemp(dir=self.scratch))
            write_crash(crash, self.recording, folder)
            self._seen[what, key] = look(store_below(folder))
            shutil.rmtree(folder)
        return self._seen[what, key]


def record(scenario: Scenario, scratch: Path) -> Replay:
    """Run a scenario in a folder below `scratch`, and return its replay."""
    root = Path(mkdtemp(dir=scratch))
    store = store_below(root)
    scenario.prepare(store)
    recorder = Recorder(root)
    with watched(root, recorder):
        recorder.end_step()
        for step in scenario.steps:
            step(store)
            recorder.end_step()
    return Replay(scenario, recorder.recording, scratch)


def _is_of_versions(path: str) -> bool:
    name = path.removeprefix("news/store/")
    return name.startswith(_OF_VERSIONS) and not _is_hidden(path)


def _is_hidden(path: str) -> bool:
    return any(part in path for part in _HIDDEN)
