"""A network of WaveNet stacks, computed by the compiled code."""

from typing import Any

from torch import Tensor, nn

from nam_plugin_fast.describing import numbers_of, parameters_of
from nam_plugin_fast.stacks import Plan, StackStream
from nam_plugin_fast.suitable import suits
from nam_plugin_wavenet.network import Network
from nam_plugin_wavenet.spec import Spec


class FastNetwork(nn.Module):
    """
    Takes what a ``Network`` takes, and computes with that network's parameters as they are at each call.

    It has no parameters of its own, so that they are not registered twice.

    :param spec: of the network
    :param network: computes what the compiled code does not: other precisions, other devices
    """

    def __init__(self, spec: Spec, network: Network) -> None:
        super().__init__()
        self._network = (network,)
        self.receptive_field = network.receptive_field
        numbers, factors = numbers_of(spec, network)
        self.plan = Plan.of(numbers, factors, spec.in_channels, spec.condition_size, spec.stacks[-1].head_size)

    @property
    def network(self) -> Network:
        """The network itself."""
        return self._network[0]

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """
        Return the output of the network, channels kept.

        :param x: (B, C_in, L)
        :param condition: (B, Cc, L - condition_reach), aligned at the newest sample
        :return: (B, C_out, L - R + 1)
        """
        network, parameters = self.network, parameters_of(self.network)
        if not suits(x, condition, *parameters):
            plain: Tensor = network(x, condition)
            return plain
        outputs = x.shape[2] - network.receptive_field + 1 + network.post_reach
        head = self.plan.run(x, condition, parameters, outputs, float(network.head_scale))
        return head if network.post_head is None else network.post_head(head)

    def stream(self) -> StackStream:
        """Return the stacks in the middle of a signal, without the post-head."""
        return StackStream(self.plan, parameters_of(self.network), float(self.network.head_scale))

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Return that of the network, whose parameters these are."""
        return self.network.state_dict(*args, **kwargs)
