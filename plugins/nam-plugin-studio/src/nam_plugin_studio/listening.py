"""What is heard of a run: a passage that was not trained, and an own DI, played by the best model so far."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
import soundfile
import torch

from nam_kernel import BaseNet, read_model
from nam_kernel.errors import DataError, UserError
from nam_plugin_studio.analysis import analysis
from nam_plugin_studio.projects import Project
from nam_plugin_wav import read_audio, read_header

Samples = npt.NDArray[np.float32]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
Voice = Literal["guitar", "original", "model", "difference"]
VOICES: tuple[Voice, ...] = ("guitar", "original", "model", "difference")

LONGEST = 8.0
"""Seconds of the passage: enough to judge a sound, and rendered in the time of a click."""

LONGEST_OWN = 60.0
"""Seconds of an own DI."""

_WARM_UP = 0.5
"""Seconds that a net hears before the passage."""

_KEPT = 8
"""Sounds, and nets; as many as a comparison of four runs needs."""


@dataclass(frozen=True)
class Passage:
    """
    What is compared.

    :param before: (W,), what the guitar played before it
    :param dry: (L,), the guitar
    :param target: (L,), the amplifier; None for an own DI
    :param rate: in Hz
    """

    before: Samples
    dry: Samples
    target: Samples | None
    rate: int


class Listening:
    """Renders what pages ask for, one after the other, and keeps what was rendered last."""

    def __init__(self) -> None:
        self._sounds: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._nets: OrderedDict[tuple[object, ...], BaseNet] = OrderedDict()

    def sound(self, project: Project, voice: Voice, *, own: bool = False, model_of: Project | None = None) -> bytes:
        """
        Return a WAV file of 32-bit floats, at the level of the recordings.

        :param own: of the own DI, in place of the passage that was held out
        :param model_of: the run whose model plays; by default the run's own
        :raises UserError: when there is nothing to hear
        """
        player = model_of or project
        state = _stamp(player) if voice in ("model", "difference") else None
        facts = project.facts()
        key = (project.key, voice, own, player.key, state, str(facts.recordings), facts.delay)
        return _kept(self._sounds, key, lambda: self._rendered(project, voice, own, player, state))

    def _rendered(self, project: Project, voice: Voice, own: bool, player: Project, state: object) -> bytes:
        passage = own_passage(project) if own else held_out_passage(project)
        if voice == "guitar":
            return wav_bytes(passage.dry, passage.rate)
        if passage.target is None and voice != "model":
            raise UserError("nobody recorded the amplifier playing this, so there is only the guitar and the model")
        if voice == "original":
            assert passage.target is not None
            return wav_bytes(passage.target, passage.rate)
        net = _kept(self._nets, (player.key, state), lambda: _net(player))
        played = play(net, passage)
        if voice == "difference":
            assert passage.target is not None
            return wav_bytes(played - passage.target, passage.rate)
        return wav_bytes(played, passage.rate)


def held_out_passage(project: Project) -> Passage:
    """
    Return the loudest seconds of what is not trained.

    :raises DataError: when the recordings cannot be used
    """
    known = analysis(project)
    if "held_out" not in known:
        raise DataError("the recordings cannot be used yet, so there is nothing to hear")
    facts = project.facts()
    x = read_audio(project.recording("di"), facts.recordings["di"].channel).samples
    y = read_audio(project.recording("amp"), facts.recordings["amp"].channel).samples
    rate, delay = known["sample_rate"], known["delay"]
    start, stop = known["held_out"]
    start, stop = max(start, -delay), min(stop, len(x), len(y) - delay)
    target = y[start + delay : stop + delay]
    length = min(round(LONGEST * rate), len(target))
    begin = start + loudest(target, length)
    before = x[max(begin - round(_WARM_UP * rate), 0) : begin]
    return Passage(before, x[begin : begin + length], y[begin + delay : begin + delay + length], rate)


def own_passage(project: Project) -> Passage:
    """
    Return the beginning of the own DI.

    :raises DataError: when it was not given
    """
    file, known = project.recording("own"), project.facts().recordings["own"]
    rate = read_header(file).sample_rate
    stop = min(read_header(file).frames, round(LONGEST_OWN * rate))
    # Whoever tries a model does not care which side of a stereo file is played.
    channel = known.channel or (1 if known.channels > 1 else None)
    dry = read_audio(file, channel, stop=stop).samples
    return Passage(dry[:0], dry, None, rate)


def loudest(signal: Samples, length: int) -> int:
    """Return where the ``length`` samples of most energy begin."""
    if len(signal) <= length:
        return 0
    energy = np.cumsum(np.concatenate(([0.0], np.square(signal, dtype=np.float64))))
    return int(np.argmax(energy[length:] - energy[:-length]))


def play(net: BaseNet, passage: Passage) -> Samples:
    """
    Return what a net makes of a passage: (L,).

    :raises DataError: when it is made for another sample rate
    """
    if net.sample_rate is not None and round(net.sample_rate) != passage.rate:
        raise DataError(
            f"the model plays at {net.sample_rate:g} Hz, and the recording has {passage.rate} Hz; "
            f"export it at {net.sample_rate:g} Hz"
        )
    heard = torch.from_numpy(np.concatenate((passage.before, passage.dry)))
    played: Samples = net.render(heard, *net.settings()).float().numpy()[len(passage.before) :]
    return np.nan_to_num(played, nan=0.0, posinf=1.0, neginf=-1.0)


def wav_bytes(samples: Samples, rate: int) -> bytes:
    """Return a mono WAV file of 32-bit floats, which clip nowhere before the player's own volume."""
    with io.BytesIO() as buffer:
        soundfile.write(buffer, samples, rate, format="WAV", subtype="FLOAT")
        return buffer.getvalue()


def _net(project: Project) -> BaseNet:
    """Return the best model so far; of several sizes the largest, which is what a player runs."""
    if project.model is None:
        raise DataError("there is no model yet; it comes with the first measured epoch")
    net = read_model(project.model)
    return net.at_size(1.0).eval() if net.outputs else net.eval()


def _stamp(project: Project) -> int | None:
    return None if project.model is None else project.model.stat().st_mtime_ns


def _kept(store: OrderedDict[_Key, _Value], key: _Key, make: Callable[[], _Value]) -> _Value:
    """Return what is kept under a key, made where it is not; what was not asked for longest goes."""
    if key not in store:
        store[key] = make()
    store.move_to_end(key)
    while len(store) > _KEPT:
        store.popitem(last=False)
    return store[key]
