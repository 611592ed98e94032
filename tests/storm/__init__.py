"""The storm: the shop in production, twenty members at once, everything killed at random; then a proof of what is left.

`./run storm` starts it, docs/reliability.md tells about it. Nothing here is imported by production.
"""
