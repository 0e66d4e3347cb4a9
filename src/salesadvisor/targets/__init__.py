"""Recommendations out: one module a kind of target."""
