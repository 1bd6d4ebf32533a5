"""Keep signals of different histories aligned at the newest sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor


def trimmed(signals: tuple[Tensor, ...], length: int) -> tuple[Tensor, ...]:
    """
    Give the last ``length`` samples of the audio and of the conditions that go with it over time.

    :param signals: audio (B, L), then conditions; one whose last dimension is not L is constant
    """
    whole = signals[0].shape[-1]
    return tuple(s[..., whole - length :] if s.shape[-1] == whole else s for s in signals)


def aligned(streams: Sequence[Iterator[Tensor]]) -> Iterator[Tensor]:
    """
    Join streams of pieces, however each is cut.

    :param streams: of equal length together; pieces (l,)
    :return: pieces (P, l), as soon as every stream has their samples
    """
    waiting = [torch.zeros(0)] * len(streams)
    while True:
        for i, stream in enumerate(streams):
            while not len(waiting[i]):
                piece = next(stream, None)
                if piece is None:
                    return
                waiting[i] = piece
        length = min(map(len, waiting))
        yield torch.stack([piece[:length] for piece in waiting])
        waiting = [piece[length:] for piece in waiting]
