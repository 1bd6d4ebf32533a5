"""
The conformance kit: a plugin author states facts, the kit brings the laws.

In a test of your plugin::

    from nam_devkit import NetConformance

    class TestMyNet(NetConformance):
        plugin = "my-net"       # the name of the entry point
        name = "MyNet"          # the name in the config
        config = {"size": 4}    # a small config

``nam-kernel plugins check my-net`` holds an installed plugin to the same laws, without pytest.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
