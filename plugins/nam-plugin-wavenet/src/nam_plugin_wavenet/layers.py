"""
The convolutions, FiLM and the layer: one dilated convolution, its condition, its activation, its two outputs.

Shapes: ``B`` batch, ``C`` channels, ``L`` samples. Nothing is padded: a convolution of kernel size ``k`` and
dilation ``d`` makes a signal ``(k - 1) d`` samples shorter, and what meets a longer signal is aligned at the
newest sample.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from nam_plugin_wavenet import spec, taps
from nam_plugin_wavenet.activations import build_for
from nam_plugin_wavenet.sizes import film_widths


def newest(x: Tensor, length: int) -> Tensor:
    """Return the last ``length`` samples; ``x`` must have at least that many."""
    assert x.shape[-1] >= length, (x.shape, length)
    return x if x.shape[-1] == length else x[..., x.shape[-1] - length :]


def freeze(module: nn.Module) -> None:
    """
    Turn the parameters of a module into buffers, because no output depends on them.

    A file has a place for them, so they are kept, written and read, but no optimizer should see them.
    """
    for child in module.modules():
        for name, parameter in list(child.named_parameters(recurse=False)):
            delattr(child, name)
            child.register_buffer(name, parameter.detach().clone())


class Conv(nn.Conv1d):
    """
    A convolution without padding, computed in the way that is fast for the few channels of an amp model.

    A kernel of one tap is a matrix product, and a kernel of a few taps is a few of them, if the channels are few
    and the device is a CPU. Otherwise a large dilation ``d`` is a convolution without dilation along the rows of
    the signal folded into rows of ``d`` samples; libraries have a fast path for that, not for dilations.
    """

    FOLDED_FROM = 16

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution: (B, C, L) to (B, C_out, L - reach)."""
        if self.kernel_size[0] == 1 and self.groups == 1:
            return self._product(x)
        return self.with_newest(x)[0]

    def with_newest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """
        Return the convolution, and the newest samples of the input, as many as that has.

        That costs less than to cut them out, because the gradients of both are added up in place.
        """
        if self.groups == 1 and taps.suits(x, self.weight):
            return taps.convolve(x, self.weight, self.bias, self.dilation[0])
        y: Tensor = super().forward(x) if self.dilation[0] < self.FOLDED_FROM else self._folded(x)
        return y, newest(x, y.shape[2])

    def added_to(self, z: Tensor, x: Tensor) -> Tensor:
        """
        Return ``z`` plus the convolution of ``x``, for a kernel of one tap without a bias.

        :param z: (B, C_out, L)
        :param x: (B, C, L)
        """
        if self.groups > 1:
            return z + self.forward(x)
        return torch.baddbmm(z, self.weight[:, :, 0].expand(len(x), -1, -1), x)

    def _product(self, x: Tensor) -> Tensor:
        matrix = self.weight[:, :, 0].expand(len(x), -1, -1)
        return torch.bmm(matrix, x) if self.bias is None else torch.baddbmm(self.bias[:, None], matrix, x)

    def _folded(self, x: Tensor) -> Tensor:
        step = self.dilation[0]
        missing = -x.shape[2] % step
        whole = nn.functional.pad(x, (missing, 0)) if missing else x
        rows = whole.reshape(len(x), x.shape[1], -1, step)
        y = nn.functional.conv2d(rows, self.weight[..., None], self.bias, groups=self.groups)
        return y.flatten(2)[:, :, missing:]


class Film(nn.Module):
    """
    Feature-wise linear modulation: a signal times a scale, plus a shift, both computed from the condition.

    Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer" (2018). It starts as the identity
    plus a small dependence on the condition.
    """

    def __init__(self, film: spec.Film, condition_size: int, channels: int) -> None:
        super().__init__()
        self.shift = film.shift
        out = channels * (2 if film.shift else 1)
        self.conv = Conv(condition_size, out, 1, groups=film.groups)
        with torch.no_grad():
            scale, shift = self._offsets()
            scale.fill_(1.0)
            shift.zero_()

    def is_identity(self) -> bool:
        """Return whether every signal goes through as it is."""
        scale, shift = self._offsets()
        return not (self.conv.weight.any() or (scale != 1.0).any() or shift.any())

    @torch.no_grad()
    def become_identity(self) -> None:
        """Let every signal through as it is."""
        scale, shift = self._offsets()
        self.conv.weight.zero_()
        scale.fill_(1.0)
        shift.zero_()

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """
        Return the modulated signal, as long as ``x``.

        :param x: (B, C, L)
        :param condition: (B, Cc, >= L), aligned at the newest sample
        """
        modulation: Tensor = self.conv(newest(condition, x.shape[2]))
        if not self.shift:
            return x * modulation
        scale, shift = modulation.chunk(2, dim=1)
        return torch.addcmul(shift, x, scale)

    def _offsets(self) -> tuple[Tensor, Tensor]:
        """Return the scale and the shift, as views, where the condition is zero."""
        assert self.conv.bias is not None
        channels = len(self.conv.bias) // (2 if self.shift else 1)
        return self.conv.bias[:channels], self.conv.bias[channels:]


class Layer(nn.Module):
    """
    One layer of a stack.

    The condition is mixed in before the activation. The residual sum adds the 1x1 convolution of the
    activation to the layer's input; without that convolution the input goes on as it is, as in players.

    :param condition_size: the channels of the condition in a file; where the stack is not conditioned the
        mixer is there for the file, all zeros
    :param feeds_on: whether anything uses the residual output; the last layer of a net has no use for it
    """

    def __init__(self, stack: spec.Stack, layer: spec.Layer, condition_size: int, feeds_on: bool) -> None:
        super().__init__()
        channels, bottleneck = stack.channels, stack.bottleneck
        middle = bottleneck if layer.gating == "none" else 2 * bottleneck
        self.conditioned = stack.condition_size > 0
        self.reach = layer.reach
        self.conv = Conv(channels, middle, layer.kernel_size, dilation=layer.dilation, groups=stack.groups_input)
        self.mixer = Conv(condition_size, middle, 1, bias=False, groups=stack.groups_input_mixin)
        self.activation = build_for(layer)
        self.layer_1x1 = Conv(bottleneck, channels, 1, groups=stack.layer_1x1) if stack.layer_1x1 else None
        self.head_1x1 = (
            Conv(bottleneck, stack.head_1x1.out_channels, 1, groups=stack.head_1x1.groups) if stack.head_1x1 else None
        )
        widths = film_widths(stack, layer.gating != "none")
        self.film = nn.ModuleDict(
            {
                place: Film(stack.film[place], condition_size, width)
                for place, width in zip(spec.FILM_PLACES, widths, strict=True)
                if place in stack.film
            }
        )
        self.feeds_on = feeds_on
        self.residual_film = layer.gating == "blended" or stack.residual_film == "all"
        self._begin_without_offsets()
        self._freeze_unused()

    def _begin_without_offsets(self) -> None:
        """Begin with biases of zero: an amplifier answers silence with silence, and a net learns sooner from there."""
        for conv in (self.conv, self.layer_1x1, self.head_1x1):
            if conv is not None and conv.bias is not None:
                nn.init.zeros_(conv.bias)

    def _freeze_unused(self) -> None:
        if not self.conditioned:
            nn.init.zeros_(self.mixer.weight)
            freeze(self.mixer)
        if self.layer_1x1 is not None and not self.feeds_on:
            freeze(self.layer_1x1)
        idle = self._idle_film()
        if idle is not None:
            freeze(idle)
            idle.become_identity()

    def _idle_film(self) -> Film | None:
        """Return the ``layer1x1_post_film`` that is in the file and does nothing; None where it does."""
        film = dict(self.film.items()).get("layer1x1_post_film")
        return film if isinstance(film, Film) and not (self.feeds_on and self.residual_film) else None

    def still_idle_film(self) -> bool:
        """
        Make ``layer1x1_post_film`` the identity where this layer does not use it, so that no player hears it.

        :return: whether players that use it in every layer would have heard it before
        """
        film = self._idle_film()
        if film is None or film.is_identity():
            return False
        film.become_identity()
        return self.feeds_on

    def forward(self, x: Tensor, condition: Tensor, head_length: int) -> tuple[Tensor, Tensor]:
        """
        Return the next layer's input and the head's term.

        :param x: (B, C, L)
        :param condition: (B, Cc, Lc), aligned at the newest sample; where it is shorter than the convolution,
            so is all that follows
        :param head_length: the samples that the head needs
        :return: (B, C, L') and (B, H, head_length)
        """
        z, rest = self._mixed(x, condition)
        z = self._modulated("activation_pre_film", z, condition)
        z = self._modulated("activation_post_film", self.activation(z), condition)
        head = newest(z, head_length)
        if self.head_1x1 is not None:
            head = self._modulated("head1x1_post_film", self.head_1x1(head), condition)
        if self.layer_1x1 is None or not self.feeds_on:
            return x, head
        z = self.layer_1x1(z)
        if self.residual_film:
            z = self._modulated("layer1x1_post_film", z, condition)
        return newest(rest, z.shape[2]) + z, head

    def weight_tensors(self) -> Iterator[Tensor]:
        """Return the weights in the order of a file."""
        for conv in (self.conv, self.mixer, self.layer_1x1, self.head_1x1):
            yield from conv_tensors(conv)
        for film in self.film.values():
            assert isinstance(film, Film)
            yield from conv_tensors(film.conv)

    def _mixed(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Return the convolved input plus the mixed condition, and the newest samples of the input, as many."""
        if not self.conditioned:
            return self.conv.with_newest(x)
        heard = condition.shape[2] + (0 if "conv_pre_film" in self.film else self.reach)
        x = newest(x, min(x.shape[2], heard))
        z, rest = self.conv.with_newest(self._modulated("conv_pre_film", x, condition))
        if "conv_pre_film" in self.film:
            rest = newest(x, z.shape[2])
        z = self._modulated("conv_post_film", z, condition)
        mixed = newest(condition, z.shape[2])
        if not {"input_mixin_pre_film", "input_mixin_post_film"} & self.film.keys():
            return self.mixer.added_to(z, mixed), rest
        mixed = self.mixer(self._modulated("input_mixin_pre_film", mixed, condition))
        return z + self._modulated("input_mixin_post_film", mixed, condition), rest

    def _modulated(self, place: str, x: Tensor, condition: Tensor) -> Tensor:
        if place not in self.film:
            return x
        modulated: Tensor = self.film[place](x, condition)
        return modulated


def conv_tensors(conv: nn.Conv1d | None) -> Iterator[Tensor]:
    """Return the weights of a convolution in the order of a file: (out, in / groups, kernel), then the bias."""
    if conv is None:
        return
    yield conv.weight
    if conv.bias is not None:
        yield conv.bias
