"""Matchers that other packages bring: found, described, loaded and watched over."""
