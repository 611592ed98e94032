"""Reconciliation: whether everything that must be true of money, clips and documents is true, in one pass.

A file for each subject, each a list of checks. A check only reads; all of them see the database at one moment
(`snapshot.py`), so a shop that goes on selling shows no false differences. `running.py` carries a run out and keeps
what came of it. What a check asks is worded anew here, and not taken from the services that it judges.
"""
