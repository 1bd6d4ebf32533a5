"""LSTM and CatLSTM keep the laws of a net."""

from nam_devkit import NetConformance


class TestLSTM(NetConformance):
    plugin = "lstm"
    name = "LSTM"
    config = {"hidden_size": 4, "num_layers": 2}


class TestTruncated(NetConformance):
    plugin = "lstm"
    name = "LSTM"
    config = {"hidden_size": 3, "train_burn_in": 100, "train_truncate": 64}


class TestCatLSTM(NetConformance):
    plugin = "lstm"
    name = "CatLSTM"
    config = {"hidden_size": 3, "conditions": ["gain", "tone"]}


class TestWithoutNames(NetConformance):
    plugin = "lstm"
    name = "CatLSTM"
    config = {"hidden_size": 3, "input_size": 2}
