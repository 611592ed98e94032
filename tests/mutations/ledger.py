"""The ledger without its guards."""

from tests.mutations.mutation import Mutation

_LEDGER = "accounts/ledger.py"
_TABLES = "accounts/migrations/0001_initial.py"
_TESTS = (
    "tests/accounts/test_ledger.py",
    "tests/accounts/test_expiry.py",
    "tests/accounts/test_use_and_reversal.py",
)
_RULES = ("tests/accounts/test_constraints.py",)

LEDGER = (
    Mutation(
        "posting does not lock the account",
        _LEDGER,
        "        locked = ClipAccount.objects.select_for_update().get(pk=account.pk)\n        known",
        "        locked = ClipAccount.objects.get(pk=account.pk)\n        known",
        ("tests/races/test_settling.py",),
        "postgresql",
    ),
    Mutation(
        "accounts are locked in whatever order they come",
        _LEDGER,
        'own.select_for_update(of=("self",)).order_by("pk")',
        'own.select_for_update(of=("self",)).order_by("-pk")',
        ("tests/accounts/test_ledger.py",),
    ),
    Mutation(
        "missing accounts are made in whatever order they are named",
        _LEDGER,
        "for clip_type in sorted(clip_types, key=lambda clip_type: clip_type.pk)",
        "for clip_type in clip_types",
        ("tests/accounts/test_ledger.py", "tests/races/test_settling.py"),
        "postgresql",
    ),
    Mutation(
        "a key that is known is posted again",
        _LEDGER,
        "posted = _post(locked, entry) if known is None else _replay(locked, known, entry)",
        "posted = _post(locked, entry)",
        _TESTS,
    ),
    Mutation(
        "a known key with other contents is taken for the same",
        _LEDGER,
        "        raise KeyReused(",
        "        KeyReused(",
        _TESTS,
    ),
    Mutation(
        "old clips do not expire before new ones are posted",
        _LEDGER,
        "    _expire_what_is_due(account, entry.event_at)\n    if",
        "    if",
        _TESTS,
    ),
    Mutation(
        "clips expire a day early",
        _LEDGER,
        "timezone.localdate(now) <= account.expires_on:",
        "timezone.localdate(now) < account.expires_on:",
        _TESTS,
    ),
    Mutation(
        "a new purchase may shorten the old ones",
        _LEDGER,
        "account.expires_on = max(entry.valid_until, account.expires_on or entry.valid_until)",
        "account.expires_on = entry.valid_until",
        _TESTS,
    ),
    Mutation(
        "the last valid day is not worked out again after a reversal",
        _LEDGER,
        "        account.expires_on = _last_valid_day(account)\n",
        "",
        _TESTS,
    ),
    Mutation(
        "more may be taken back than was bought",
        _LEDGER,
        "    if reversed_before - entry.delta > purchase.delta:",
        "    if False:",
        _TESTS,
    ),
    Mutation(
        "the ledger lets a balance be negative",
        _LEDGER,
        "    if balance < 0:\n",
        "    if False:\n",
        _TESTS,
    ),
    Mutation(
        "entries are not numbered one by one",
        _LEDGER,
        "    account.last_seq += 1\n",
        "    account.last_seq += 2\n",
        _TESTS,
    ),
    Mutation(
        "a reversal may name no purchase",
        "accounts/migrations/0004_use_and_reversal.py",
        '("kind", "reversal"), ("reverses__isnull", False)',
        '("kind", "reversal"), ("seq__gte", 0)',
        _RULES,
    ),
    Mutation(
        "two entries may have one number",
        _TABLES,
        'fields=("account", "seq")',
        'fields=("account", "seq", "id")',
        _RULES,
    ),
    Mutation(
        "a given-up transaction is not run again",
        "accounts/transactions.py",
        '_TO_BE_RUN_AGAIN = {"40P01", "40001"}',
        "_TO_BE_RUN_AGAIN: set[str] = set()",
        ("tests/races/test_transactions.py",),
        "postgresql",
    ),
    Mutation(
        "a service inside another's transaction is run again by itself",
        "accounts/transactions.py",
        "runs = 1 if connection.in_atomic_block else MOST_RUNS",
        "runs = MOST_RUNS",
        ("tests/races/test_transactions.py",),
        "postgresql",
    ),
)
