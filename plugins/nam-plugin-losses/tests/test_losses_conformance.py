"""The losses keep the laws of a loss."""

from nam_devkit import LossConformance


class TestMSE(LossConformance):
    plugin = "losses"
    name = "MSE"


class TestESR(LossConformance):
    plugin = "losses"
    name = "ESR"


class TestDC(LossConformance):
    plugin = "losses"
    name = "DC"


class TestFourierMSE(LossConformance):
    plugin = "losses"
    name = "FourierMSE"


class TestMRSTFT(LossConformance):
    plugin = "losses"
    name = "MRSTFT"


class TestPreEmphasisMSE(LossConformance):
    plugin = "losses"
    name = "PreEmphasisMSE"
    config = {"coef": 0.95}


class TestPreEmphasisMRSTFT(LossConformance):
    plugin = "losses"
    name = "PreEmphasisMRSTFT"
    config = {"coef": 0.95}
