"""ConvNet keeps the laws of a net, with and without batch normalization."""

from nam_devkit import NetConformance


class TestPlain(NetConformance):
    plugin = "convnet"
    name = "ConvNet"
    config = {"channels": 4, "dilations": [1, 2, 4], "activation": "ReLU"}


class TestBatchNorm(NetConformance):
    plugin = "convnet"
    name = "ConvNet"
    config = {"channels": 3, "dilations": [1, 4], "batchnorm": True}
