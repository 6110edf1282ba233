"""Benchmarks: what they measure is the production path."""
