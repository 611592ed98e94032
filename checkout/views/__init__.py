"""Screens for shopping, a file for each."""
