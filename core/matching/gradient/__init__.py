"""The torch-free matcher of oriented gradients."""

from .matcher import GradientMatcher

__all__ = ["GradientMatcher"]
