from .emphasis import PreEmphasisMRSTFT as PreEmphasisMRSTFT
from .emphasis import PreEmphasisMSE as PreEmphasisMSE
from .emphasis import pre_emphasis as pre_emphasis
from .spectral import MRSTFT as MRSTFT
from .spectral import fourier_mse as fourier_mse
from .waveform import dc as dc
from .waveform import esr as esr
from .waveform import mse as mse
