"""
Align captures with each other, whose delays were found for each alone.

Such an estimate is up to 0.25 ms wrong, by another amount at each setting. A net of all settings would hear that as
something that the knobs do. So neighbours are compared, along the shortest tree through their settings: estimates that
differ by no more than that are those of one delay, as in a session recorded without a stop; where they differ by more,
the outputs themselves are brought to where they correlate best. At last no delay is longer than what was found, so that
nothing has to be foreseen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nam_kernel import Condition
from nam_kernel.interfaces import BaseDataset, ConcatDataset
from nam_plugin_parametric.captures.checks import captured
from nam_plugin_parametric.captures.dataset import Captures
from nam_plugin_parametric.captures.measuring import TOLERANCE_SECONDS, loudest
from nam_plugin_parametric.captures.recordings import Recording, input_of
from nam_plugin_parametric.captures.space import Setting, points_of

if TYPE_CHECKING:
    from nam_kernel.run import Prepared

LISTENED_SECONDS = 10
"""The part of the input, the loudest, whose answers are compared."""

ALIKE = 0.5
"""The correlation from which two outputs are taken to be the same playing."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Answer:
    """
    What an amplifier answered at one setting.

    :param delay: that was found, in samples
    :param y: (L,), from that delay on
    """

    setting: Setting
    delay: int
    y: Samples


def agree(run: Prepared) -> None:
    """
    Align the captures of a run, those of the validation as well.

    :raises DataError: when a capture is too short for what is left of it
    """
    align_together([*captured(run.train), *captured(run.validation)])
    run.train = _counted(run.train)
    run.validation = None if run.validation is None else _counted(run.validation)


def align_together(datasets: Sequence[Captures]) -> None:
    """
    Move the captures of a run to delays that agree with each other, where they were to be found.

    Captures of another input, those of clocks that drift, and those whose knobs move stay at their own.

    :raises DataError: when a capture is too short for what is left of it
    """
    sessions: dict[tuple[object, ...], dict[object, tuple[Setting, Recording]]] = defaultdict(dict)
    for dataset in datasets:
        for capture in dataset.captures:
            if _comparable(capture.recording) and not capture.moving:
                files = _files(capture.recording)
                sessions[capture.recording.input_key].setdefault(files, (capture.settings, capture.recording))
    shifts: dict[object, int] = {}
    for session in sessions.values():
        answers = list(_answers(list(session.values())))
        conditions = datasets[0].conditions
        tolerance = round(TOLERANCE_SECONDS * next(iter(session.values()))[1].pair.sample_rate)
        shifts.update(zip(session, shifts_of(answers, conditions, tolerance), strict=True))
    for dataset in datasets:
        dataset.shift([shifts.get(_files(capture.recording), 0) for capture in dataset.captures])


def _counted(dataset: BaseDataset) -> BaseDataset:
    """Return a dataset whose parts may have another number of items than when they were joined."""
    if isinstance(dataset, ConcatDataset):
        return ConcatDataset([_counted(part) for part in dataset.datasets])
    return dataset


def shifts_of(answers: Sequence[Answer], conditions: Sequence[Condition], tolerance: int) -> list[int]:
    """
    Return by how many samples to change the delay of each, none above 0.

    :param tolerance: by how many samples one may be wrong
    """
    late = {0: 0}
    for known, new in _tree(points_of([a.setting for a in answers], conditions)):
        a, b = answers[known], answers[new]
        apart = a.delay - b.delay
        late[new] = late[known] + (apart if abs(apart) <= tolerance else _lag(a.y, b.y, tolerance))
    found = np.array([late[i] for i in range(len(answers))])
    middle = round(float(np.median(found)))
    within = np.clip(found, middle - tolerance, middle + tolerance)
    moved: list[int] = (within - within.max()).tolist()
    return moved


def _tree(points: npt.NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """
    Yield the edges of the shortest tree through points, each from one that is in it (Prim, 1957), from the first on.

    :param points: (N, K)
    """
    nearest = np.zeros(len(points), np.int64)
    distance = np.linalg.norm(points - points[0], axis=1)
    distance[0] = np.inf
    for _ in range(len(points) - 1):
        new = int(np.argmin(distance))
        yield int(nearest[new]), new
        closer = np.linalg.norm(points - points[new], axis=1)
        nearer = (closer < distance) & np.isfinite(distance)
        nearest[nearer], distance[nearer] = new, closer[nearer]
        distance[new] = np.inf


def _lag(a: Samples, b: Samples, most: int) -> int:
    """Return by how many samples ``b`` is later than ``a``, of either polarity; 0 where that is not clear."""
    if len(a) <= 4 * most:
        return 0
    inner = a[most : len(a) - most]
    windows = np.lib.stride_tricks.sliding_window_view(b, len(inner))
    products = np.abs(windows @ inner)
    best = int(np.argmax(products))
    norm = float(np.linalg.norm(inner) * np.linalg.norm(windows[best]))
    clear = 0 < best < 2 * most and products[best] >= ALIKE * norm > 0
    return best - most if clear else 0


def _comparable(recording: Recording) -> bool:
    found = recording.found
    return found is not None and not found.course.steps and not found.drifts


def _files(recording: Recording) -> object:
    """Return what the parts of one pair of files have in common."""
    pair = recording.pair
    return (recording.input_key, pair.y.path.absolute(), pair.config.channel_of("y")[0], pair.config.y_preroll)


def _answers(session: Sequence[tuple[Setting, Recording]]) -> Iterator[Answer]:
    """Yield what was answered to the same part of the input, at every setting of a session."""
    first = session[0][1]
    rate = first.pair.sample_rate
    x = input_of(first).numpy()
    count = LISTENED_SECONDS * rate
    begin = loudest(x, count, rate)
    for setting, recording in session:
        assert recording.found is not None
        delay = recording.found.delay
        yield Answer(setting, delay, _part(recording, begin + delay, min(count, len(x))))


def _part(recording: Recording, start: int, count: int) -> Samples:
    """Return samples of an output, zeros where it has none."""
    start += recording.pair.config.y_preroll or 0
    y = np.zeros(count, np.float32)
    low, high = max(start, 0), min(start + count, recording.pair.frames[1])
    if low < high:
        y[low - start : high - start] = recording.pair.samples("y", low, high)
    return y
