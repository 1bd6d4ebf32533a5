"""The module in the file: what a program calls to play whole signals, or block after block."""

import torch
from torch import Tensor, nn

PIECE = 8192
"""Samples of a long signal that go through the net at once, which keeps them in the processor's cache."""


class Player(nn.Module):
    """
    A net that begins as players do, after silence.

    ``forward`` plays whole signals and forgets them; ``step`` goes on where the last call of it ended, until
    ``reset``. Audio is (B, L) or (L,), float32, and the output has its shape. Knobs are the second argument where there
    are any: (K,), (B, K), or (B, K, L) where they move; without it each has its default. At the beginning each
    has had its first value for ever.

    :param net: a part
    :param slots: the length of its memory
    :param defaults: of the knobs
    :param sample_rate: in Hz; 0 where it is not known
    :param receptive_field: in samples; 1 for a net with a state
    """

    memory: list[Tensor]
    shapes: list[list[int]]
    conditions: list[str]
    start: Tensor
    defaults: Tensor

    def __init__(
        self,
        net: nn.Module,
        slots: int,
        defaults: list[float],
        conditions: list[str],
        sample_rate: float,
        receptive_field: int,
    ) -> None:
        super().__init__()
        self.net = net
        self.slots = slots
        self.piece = PIECE
        self.sample_rate = sample_rate
        self.receptive_field = receptive_field
        self.conditions = conditions
        self.register_buffer("defaults", torch.tensor(defaults, dtype=torch.float32))
        self.register_buffer("start", torch.zeros(0))
        self.shapes = []
        self.memory = []
        self.batch = 0
        if not defaults:
            self._keep_the_start()

    def forward(self, x: Tensor, knobs: Tensor | None = None) -> Tensor:
        """Return the output for whole signals: (B, L) to (B, L), or (L,) to (L,)."""
        heard = self.joined(x, knobs)
        if x.numel() == 0:
            return x
        return self.play(heard, self.begin(heard[:, :, :1])).reshape(x.shape)

    @torch.jit.export
    def step(self, block: Tensor, knobs: Tensor | None = None) -> Tensor:
        """Return the output for the next samples, of any number: (B, l) to (B, l), or (l,) to (l,)."""
        heard = self.joined(block, knobs)
        if block.numel() == 0:
            return block
        if self.batch == 0:
            self.memory = self.begin(heard[:, :, :1])
            self.batch = heard.size(0)
        if self.batch != heard.size(0):
            raise ValueError(
                f"the blocks before had {self.batch} signals, and this one has {heard.size(0)}; reset first"
            )
        return self.play(heard, self.memory).reshape(block.shape)

    @torch.jit.export
    def reset(self) -> None:
        """Forget what ``step`` has heard."""
        nothing: list[Tensor] = []
        self.memory = nothing
        self.batch = 0

    def joined(self, x: Tensor, knobs: Tensor | None) -> Tensor:
        """Return audio and knobs as channels, (B, 1 + K, L)."""
        if x.dim() != 1 and x.dim() != 2:
            raise ValueError(f"the audio has {x.dim()} dimensions; it is (B, L), or (L,)")
        rows = x.size(0) if x.dim() == 2 else 1
        audio = x.to(self.defaults.dtype).reshape(rows, 1, x.size(-1))
        count = self.defaults.numel()
        if knobs is not None and count == 0:
            raise ValueError("this model has no knobs; call it with the audio alone")
        if count == 0:
            return audio
        given = self.defaults if knobs is None else knobs.to(self.defaults.dtype)
        if given.dim() == 1:
            given = given.unsqueeze(0)
        if given.dim() == 2:
            given = given.unsqueeze(2)
        if given.dim() != 3 or given.size(1) != count:
            raise ValueError(f"this model has {count} knobs; they are (K,), (B, K), or (B, K, L) where they move")
        return torch.cat((audio, given.expand(audio.size(0), count, audio.size(2))), 1)

    def begin(self, first: Tensor) -> list[Tensor]:
        """Return the memory after the silence before signals that begin so, (B, 1 + K, 1)."""
        memory: list[Tensor] = []
        if self.start.numel() > 0:
            place = 0
            for shape in self.shapes:
                size = shape[0] * shape[1]
                memory.append(
                    self.start[place : place + size].view(1, shape[0], shape[1]).expand(first.size(0), -1, -1)
                )
                place += size
            return memory
        for _ in range(self.slots):
            memory.append(torch.empty(0, dtype=first.dtype, device=first.device))
        silence = torch.cat((torch.zeros_like(first[:, :1]), first[:, 1:]), 1)
        self.net(silence, memory)
        return memory

    def play(self, heard: Tensor, memory: list[Tensor]) -> Tensor:
        """Return the output, (B, 1, L), and change the memory."""
        pieces: list[Tensor] = []
        for place in range(0, heard.size(2), self.piece):
            pieces.append(self.net(heard[:, :, place : place + self.piece], memory))
        return torch.cat(pieces, 2)

    @torch.jit.unused
    @torch.no_grad()
    def _keep_the_start(self) -> None:
        """Keep the memory after silence, which is the same for every signal where there are no knobs."""
        memory = self.begin(torch.zeros(1, 1, 1))
        self.shapes = [[tensor.size(1), tensor.size(2)] for tensor in memory]
        self.start = torch.cat([torch.zeros(0), *(tensor.reshape(-1) for tensor in memory)])
