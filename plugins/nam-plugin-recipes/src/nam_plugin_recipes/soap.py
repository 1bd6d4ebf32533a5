"""
SOAP: Adam in the basis in which the gradients of a weight matrix are least correlated.

Source: N. Vyas et al., "SOAP: Improving and Stabilizing Shampoo using Adam", arXiv:2409.11321. With
``G`` the gradient of a matrix, ``L`` and ``R`` the running means of ``G G^T`` and ``G^T G``, and ``Q_L``, ``Q_R`` their
eigenvectors, the moments of Adam are those of ``Q_L^T G Q_R``, and its step is turned back. The basis is always that of
the gradients before: the first one moves nothing.

The nets here have dozens of small matrices of few shapes, so matrices of one shape are stacked and stepped together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor

State = dict[str, Any]

_UNSETTLED = 5
"""Steps at the beginning after each of which the eigenvectors are computed."""


class SOAP(torch.optim.Optimizer):
    """
    Adam in the eigenbasis of Shampoo's preconditioner.

    A parameter of more than one dimension counts as the matrix of its first dimension and all others; one of a single
    dimension is stepped as by Adam.

    :param lr: learning rate
    :param betas: of the moments, as in Adam
    :param shampoo_beta: of the running means ``L`` and ``R``
    :param eps: added to the root of the second moment
    :param weight_decay: share of the weights, times ``lr``, that every step takes away
    :param refresh: steps between two computations of the eigenvectors
    :param largest: a side of a matrix with more entries is left in its own basis
    :raises ValueError: when one of them is out of range
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 3e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        shampoo_beta: float = 0.95,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        refresh: int = 10,
        largest: int = 256,
    ) -> None:
        for name, value in (("betas", betas[0]), ("betas", betas[1]), ("shampoo_beta", shampoo_beta)):
            if not 0 <= value < 1:
                raise ValueError(f"{name} has {value!r}; expected at least 0 and below 1")
        for name, number in (("lr", lr), ("eps", eps), ("weight_decay", weight_decay)):
            if not number >= 0:
                raise ValueError(f"{name} is {number!r}; expected a number of at least 0")
        if refresh < 1:
            raise ValueError(f"refresh is {refresh!r}; expected a positive number of steps")
        defaults = {
            "lr": lr,
            "betas": tuple(betas),
            "shampoo_beta": shampoo_beta,
            "eps": eps,
            "weight_decay": weight_decay,
            "refresh": refresh,
            "largest": largest,
        }
        super().__init__(params, defaults)

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """
        Take one step.

        :param closure: computes the loss and the gradients
        :return: the loss, where there is a closure
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameters in _by_shape(group["params"]):
                # Whoever has no gradient counts as having a gradient of zero, so that a stack stays whole.
                if any(parameter.grad is not None for parameter in parameters):
                    self._step_stack(group, parameters)
        return loss

    def _step_stack(self, group: dict[str, Any], parameters: list[Tensor]) -> None:
        """Step the parameters of one shape; what is remembered of all of them is kept with the first."""
        shape = _matrix_shape(parameters[0])
        gradients = torch.stack([_gradient(parameter).reshape(shape) for parameter in parameters])
        state: State = self.state[parameters[0]]
        if not state:
            state.update(_new_state(gradients, group["largest"]))
            if _sides(state):
                # A gradient seen in a basis that it alone determines says nothing beside the diagonal.
                _learn(gradients, state, group)
                return
        state["steps"] += 1
        decay = 1 - group["lr"] * group["weight_decay"]
        for parameter, update in zip(parameters, _updates(gradients, state, group).unbind(), strict=True):
            if decay != 1:
                parameter.mul_(decay)
            parameter.add_(update.reshape(parameter.shape).to(parameter.dtype), alpha=-group["lr"])
        _learn(gradients, state, group)


def _updates(gradients: Tensor, state: State, group: dict[str, Any]) -> Tensor:
    """Return Adam's steps in the eigenbasis, turned back: (n, rows, columns), or (n, length)."""
    first, second = group["betas"]
    state["mean"].lerp_(gradients, 1 - first)
    turned = _turn(gradients, state)
    state["square"].lerp_(turned * turned, 1 - second)
    mean = _turn(state["mean"], state) / (1 - first ** state["steps"])
    root = (state["square"] / (1 - second ** state["steps"])).sqrt() + group["eps"]
    return _turn_back(mean / root, state)


def _learn(gradients: Tensor, state: State, group: dict[str, Any]) -> None:
    """Add gradients to the running means of their products, and now and then take the eigenvectors of these."""
    # The first few gradients say too little of the basis to keep it for long.
    due = state["steps"] < _UNSETTLED or state["steps"] % group["refresh"] == 0
    for side in _sides(state):
        product = gradients @ gradients.mT if side == "left" else gradients.mT @ gradients
        state[side].lerp_(product, 1 - group["shampoo_beta"])
        if due:
            state[f"{side}_basis"].copy_(_eigenvectors(state[side]))


def _sides(state: State) -> list[str]:
    return [side for side in ("left", "right") if side in state]


def _new_state(gradients: Tensor, largest: int) -> State:
    state: State = {"steps": 0, "mean": torch.zeros_like(gradients), "square": torch.zeros_like(gradients)}
    if gradients.ndim == 3:
        for side, size in (("left", gradients.shape[1]), ("right", gradients.shape[2])):
            if 1 < size <= largest:
                state[side] = gradients.new_zeros(len(gradients), size, size)
                state[f"{side}_basis"] = torch.zeros_like(state[side])
    return state


def _turn(matrices: Tensor, state: State) -> Tensor:
    """Return matrices in the eigenbasis."""
    turned = state["left_basis"].mT @ matrices if "left_basis" in state else matrices
    return turned @ state["right_basis"] if "right_basis" in state else turned


def _turn_back(matrices: Tensor, state: State) -> Tensor:
    """Return matrices of the eigenbasis in their own."""
    turned = state["left_basis"] @ matrices if "left_basis" in state else matrices
    return turned @ state["right_basis"].mT if "right_basis" in state else turned


def _eigenvectors(symmetric: Tensor) -> Tensor:
    """Return the eigenvectors of symmetric matrices, as columns; computed on the CPU, which is faster at small ones."""
    scale = symmetric.abs().amax(dim=(1, 2), keepdim=True).clamp(min=torch.finfo(symmetric.dtype).tiny)
    exact = (symmetric / scale).cpu().double()
    if not bool(torch.isfinite(exact).all()):  # a training that diverged; whoever watches it will stop it
        return torch.eye(symmetric.shape[-1]).expand_as(symmetric)
    vectors: Tensor = torch.linalg.eigh(exact).eigenvectors
    return vectors


def _by_shape(parameters: Iterable[Tensor]) -> Iterable[list[Tensor]]:
    stacks: dict[tuple[Any, ...], list[Tensor]] = {}
    for parameter in parameters:
        stacks.setdefault((_matrix_shape(parameter), parameter.device, parameter.dtype), []).append(parameter)
    return stacks.values()


def _matrix_shape(parameter: Tensor) -> tuple[int, ...]:
    if parameter.ndim < 2:
        return (parameter.numel(),)
    return (parameter.shape[0], parameter.numel() // parameter.shape[0])


def _gradient(parameter: Tensor) -> Tensor:
    return torch.zeros_like(parameter).float() if parameter.grad is None else parameter.grad.float()
