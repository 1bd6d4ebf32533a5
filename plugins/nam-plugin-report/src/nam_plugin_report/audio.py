"""Put audio into a page: 16-bit WAV, as a ``data:`` address."""

from __future__ import annotations

import base64
import io
import wave

import numpy as np

from nam_plugin_report.passage import Signal

HEADROOM = 0.99


def common_gain(loudest: float) -> float:
    """Return the factor that keeps a peak of ``loudest`` from clipping; 1 where nothing would."""
    return HEADROOM / loudest if loudest > HEADROOM else 1.0


def peak(signal: Signal) -> float:
    """Return the largest finite magnitude; 0 where there is none."""
    finite = np.abs(signal[np.isfinite(signal)])
    return float(finite.max()) if len(finite) else 0.0


def wav_bytes(signal: Signal, rate: float) -> bytes:
    """
    Return a mono signal as a 16-bit PCM WAV file.

    :param signal: (L,) in [-1, 1]; what lies outside is clipped, what is not a number is silent
    :param rate: in Hz; a fraction is rounded, which no ear notices
    """
    clean = np.clip(np.nan_to_num(signal, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    with io.BytesIO() as buffer:
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(round(rate))
            file.writeframes(np.round(clean * 32767).astype("<i2").tobytes())
        return buffer.getvalue()


def data_address(content: bytes, media_type: str) -> str:
    """Return an address that contains bytes (RFC 2397)."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
