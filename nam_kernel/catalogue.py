"""
Which distribution brings which well-known component, for the advice when it is not installed.

The kernel imports none of them; a test compares this table with what they offer.
"""

from __future__ import annotations

BROUGHT_BY = {
    "net": {
        "WaveNet": "nam-plugin-wavenet",
    },
    "dataset": {"dataset": "nam-plugin-wav", "wav": "nam-plugin-wav"},
    "loss": {},
    "exporter": {"nam": "nam-plugin-nam"},
    "trainer": {"lightning": "nam-plugin-lightning"},
}


def remedy(kind: str, name: str) -> str:
    """Say what to install for a component, or an empty string when it is not a well-known one."""
    distribution = BROUGHT_BY[kind].get(name)
    return f"{distribution} brings it: pip install {distribution}" if distribution else ""
