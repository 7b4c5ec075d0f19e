"""Clients of a vault: one that behaves, and six that each do one thing wrong.
"""
