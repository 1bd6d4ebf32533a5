"""
How far back a net listens, exactly.

The head of a stack reaches back beside the layers of the next one, not before them, and a conditioning model
beside the first layers that use it. So the receptive field is the longest path through the net, which can be
shorter than the sum of all its parts.
"""

from __future__ import annotations

from nam_plugin_wavenet.spec import Layer, Spec, Stack


def receptive_field(spec: Spec, condition: int = 0) -> int:
    """
    Return the number of samples that one output sample depends on, itself included.

    :param condition: samples before the current one that the condition depends on
    """
    signal, head = 0, 0
    for stack in spec.stacks:
        for layer in stack.layers:
            activated = _activated(stack, layer, signal, condition)
            head = max(head, activated)
            signal = signal if stack.layer_1x1 is None else max(signal, activated)
        head += stack.head_reach
    post = sum(k - 1 for k in spec.post_head.kernel_sizes) if spec.post_head else 0
    return 1 + head + post


def _activated(stack: Stack, layer: Layer, signal: int, condition: int) -> int:
    """Return how far back the activation of a layer reaches whose input reaches back ``signal`` samples."""
    if "conv_pre_film" in stack.film:
        signal = max(signal, condition)
    convolved = signal + layer.reach
    return max(convolved, condition) if stack.condition_size else convolved
