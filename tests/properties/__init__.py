"""Whatever happens in whatever order: state machines that do it, beside a plain model that says what should come of it.

In the ordinary suite each machine makes the same few runs every time. By hand they make many, different ones each time:

    ./run test --sqlite tests/properties --hypothesis-profile=deep
    ./run test --postgresql tests/properties --hypothesis-profile=deep --hypothesis-seed=7

A run that fails is printed as the shortest list of steps that still fails.
"""
