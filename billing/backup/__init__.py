"""Copies of the whole database, and the way back: a file for each kind of database, and what is checked afterwards.

`manage.py backup` and `manage.py restore` are the doors; docs/operations.md says when to use them.
"""
