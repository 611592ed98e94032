"""Guards taken away one by one, to see that the tests which belong to each of them notice.

Run by hand: `python -m tests.mutations` (all), or with the names of some. docs/reliability.md has the last table.
"""
