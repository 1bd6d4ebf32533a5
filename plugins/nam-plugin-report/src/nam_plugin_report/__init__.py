"""Plots and a listening page at the end of every run, to which other plugins add panels."""

from nam_plugin_report.panel import ReportPanel

__all__ = ["ReportPanel"]
