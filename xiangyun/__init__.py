"""Xiangyun (乡云): one digital township, in one package."""

__version__ = "0.1.0"
