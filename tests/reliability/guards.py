"""Every guard of money, clips and documents, with the test that fails when it is taken away.

`test_guards.py` compares the lists with the code, so that a new guard without a test fails, and with
docs/reliability*.md. `python -m tests.reliability.guards` prints the table for the docs.
"""

from collections.abc import Iterator

_CATALOG = "tests/catalog/test_constraints.py::test_database_refuses"
_ACCOUNTS = "tests/accounts/test_constraints.py::test_database_refuses"
_BILLING = "tests/billing/test_constraints.py::test_database_refuses"
_BALANCE = "tests/accounts/test_constraints.py::test_database_refuses_a_negative_balance"
_KEYS = "tests/billing/test_constraints.py::test_database_refuses_the_same_session_event_or_action_item_twice"
_MONEY = "tests/billing/test_constraints.py::test_database_refuses_the_same_placement_key_and_the_same_money_twice"
_COLUMN = "tests/reliability/test_unique_columns.py::test_database_refuses_the_same_value_twice"
_APPEND = "tests/accounts/test_append_only.py::test_"

# Rows that are locked: file:function of each `select_for_update`.
LOCKS = {
    "accounts/admin/user.py:send_link": (
        "tests/races/test_mails.py::test_two_presses_at_once_send_two_links_without_the_lock",
        "tests/races/test_mails.py::test_two_presses_at_once_send_one_link",
    ),
    "accounts/ledger.py:expire_account": (
        "tests/races/test_expiry.py::test_expiry_jobs_at_once_meet_an_error_without_the_lock",
        "tests/races/test_settling.py::test_expiry_jobs_at_once_expire_once",
    ),
    "accounts/ledger.py:lock_accounts": (
        "tests/races/test_settling.py::test_opposite_orders_deadlock_when_accounts_are_locked_as_they_come",
        "tests/races/test_settling.py::test_opposite_orders_at_once_are_both_settled",
    ),
    "accounts/ledger.py:post_entry": (
        "tests/races/test_settling.py::test_two_purchases_take_one_number_without_the_lock",
        "tests/races/test_settling.py::test_purchases_at_once_add_up",
    ),
    "billing/outbox.py:_claim": (
        "tests/races/test_mails.py::test_two_workers_send_a_mail_twice_without_the_lock",
        "tests/races/test_mails.py::test_many_workers_send_a_mail_once",
    ),
    "billing/services/cancelling.py:cancel_order": (
        "tests/races/test_settling.py::test_paying_against_cancelling_meets_an_error_without_the_lock",
        "tests/races/test_settling.py::test_paying_against_cancelling_is_one_or_the_other",
    ),
    "billing/services/fulfilling.py:_write_down": (
        "tests/races/test_set_aside.py::test_member_can_pay_a_second_time_without_the_lock",
        "tests/races/test_set_aside.py::test_member_gets_no_second_page_for_an_order_whose_money_was_set_aside",
    ),
    "billing/services/handling.py:handle_item": (
        "tests/staff/test_handle.py::test_only_the_lock_keeps_two_from_handling_the_same_case",
    ),
    "billing/services/paying.py:_current_attempt": (
        "tests/races/test_card_payments.py::test_two_tabs_at_once_meet_an_error_without_the_lock",
        "tests/races/test_card_payments.py::test_tabs_at_once_share_one_session",
    ),
    "billing/services/performing.py:mark_performed": (
        "tests/races/test_performing.py::test_support_is_carried_out_twice_without_the_lock",
        "tests/races/test_performing.py::test_support_is_carried_out_once_and_the_second_is_told",
    ),
    "billing/services/settling.py:settle_order": (
        "tests/races/test_settling.py::test_second_of_two_staff_meets_an_error_without_the_lock",
        "tests/races/test_settling.py::test_two_staff_at_once_settle_an_order_once_and_the_second_is_told",
    ),
}

# Guards that are neither a constraint, nor a trigger, nor a `select_for_update`.
OTHERS = {
    "locks are taken in one order: order, accounts by id, number series": (
        "tests/races/test_settling.py::test_opposite_orders_deadlock_when_accounts_are_locked_as_they_come",
    ),
    "missing accounts are made in one order": (
        "tests/races/test_settling.py::test_missing_accounts_deadlock_when_they_are_made_as_they_come",
        "tests/races/test_settling.py::test_missing_accounts_are_made_at_once_in_whatever_order_they_are_named",
    ),
    "number series: one statement counts up and locks": (
        "tests/races/test_numbers.py::test_two_invoices_get_one_number_without_the_lock",
        "tests/races/test_numbers.py::test_fifty_invoices_at_once_are_numbered_without_a_gap",
    ),
    "number series: no time of issue before the last one": (
        "tests/races/test_numbers.py::test_dates_run_backwards_when_each_machine_believes_its_own_clock",
        "tests/races/test_numbers.py::test_numbers_and_dates_run_together_though_clocks_differ",
    ),
    "a number is taken inside a transaction": (
        "tests/billing/test_numbers.py::test_take_number_outside_a_transaction_is_refused",
    ),
    "settling is one transaction": (
        "tests/reliability/test_killed.py::test_killed_while_settling_leaves_half_without_the_transaction",
        "tests/reliability/test_killed.py::test_killed_while_settling_leaves_nothing_and_the_repeat_settles_once",
    ),
    "a transaction that gives way is run again": (
        "tests/races/test_transactions.py::test_deadlock_reaches_the_caller_without_the_retry",
        "tests/races/test_transactions.py::test_deadlock_is_run_again_and_has_one_effect",
        "tests/races/test_transactions.py::test_serialization_failure_reaches_the_caller_without_the_retry",
        "tests/races/test_transactions.py::test_serialization_failure_is_run_again_and_has_one_effect",
    ),
    "PostgreSQL: nobody waits for ever": (
        "tests/races/test_limits.py::test_all_orders_wait_in_vain_while_a_session_idles_in_its_transaction",
        "tests/races/test_limits.py::test_server_ends_a_session_that_idles_in_its_transaction",
        "tests/races/test_limits.py::test_each_session_has_its_limits",
    ),
    "SQLite: transactions are IMMEDIATE": (
        "tests/reliability/test_sqlite_writers.py::test_writers_are_lost_when_transactions_are_deferred",
        "tests/reliability/test_sqlite_writers.py::test_orders_at_once_are_all_placed",
    ),
    "a worker writes to a zip file only while its lease is its own": (
        "tests/races/test_archives.py::test_two_workers_mix_their_parts_without_the_lease",
        "tests/races/test_archives.py::test_worker_that_was_overtaken_writes_nothing_more",
    ),
    "one filling of the cart is one order": (
        "tests/races/test_placing.py::test_each_click_is_an_order_without_the_pages_key",
        "tests/races/test_placing.py::test_clicks_at_the_same_moment_are_one_order_one_invoice_one_mail",
    ),
}

CONSTRAINTS = {
    "clip_type_validity_is_at_least_a_month": _CATALOG,
    "product_quantities_run_upwards_from_one": _CATALOG,
    "product_vat_rate_is_a_percentage": _CATALOG,
    "one_price_for_a_quantity": _CATALOG,
    "tier_starts_at_one_or_more": _CATALOG,
    "unit_price_is_not_negative": _CATALOG,
    "user_names_differ_by_more_than_case": _ACCOUNTS,
    "a_user_is_staff_or_belongs_to_a_company": _ACCOUNTS,
    "user_role_is_known": _ACCOUNTS,
    "one_account_for_company_and_clip_type": _ACCOUNTS,
    "balance_is_never_negative": _BALANCE,
    "entries_of_an_account_are_numbered": _ACCOUNTS,
    "entry_numbers_start_at_one": _ACCOUNTS,
    "entry_key_is_not_empty": _ACCOUNTS,
    "balance_after_is_never_negative": _BALANCE,
    "entry_direction_follows_its_kind": _ACCOUNTS,
    "a_reversal_names_a_purchase_and_only_a_reversal_does": _ACCOUNTS,
    "first_entry_starts_from_nothing": _ACCOUNTS,
    "there_is_one_seller": _BILLING,
    "number_gap_has_a_reason": _BILLING,
    "number_gap_runs_upwards": _BILLING,
    "order_total_is_net_plus_vat": _BILLING,
    "order_times_follow_its_state": _BILLING,
    "payment_method_is_known": _BILLING,
    "order_lines_are_numbered": _BILLING,
    "quantity_reaches_the_minimum": _BILLING,
    "no_more_is_credited_than_was_sold": _BILLING,
    "only_support_is_performed": _BILLING,
    "payment_is_more_than_nothing": _BILLING,
    "payment_key_is_not_empty": _BILLING,
    "an_order_is_settled_by_one_payment": _BILLING,
    "an_order_has_one_undecided_attempt": _BILLING,
    "an_attempt_that_was_opened_has_a_session": _BILLING,
    "session_id_is_not_empty": _BILLING,
    "a_decided_attempt_says_when": _BILLING,
    "event_id_is_not_empty": _BILLING,
    "a_handled_item_says_by_whom_and_how": _BILLING,
    "number_is_unique_in_its_series": _BILLING,
    "an_order_has_one_invoice": _BILLING,
    "payment_reference_is_unique": _BILLING,
    "document_total_is_net_plus_vat": _BILLING,
    "a_credit_note_credits_an_invoice": _BILLING,
    "document_lines_are_numbered": _BILLING,
    "a_document_has_one_file_of_a_kind": _BILLING,
    "a_sent_mail_has_its_time": _BILLING,
    "one_archive_of_a_company_is_made_at_a_time": _BILLING,
    "a_ready_archive_has_its_time": _BILLING,
    "parts_of_an_archive_are_numbered": _BILLING,
}

UNIQUE_COLUMNS = {
    "catalog.ClipType.code": _COLUMN,
    "catalog.ClipType.name": _COLUMN,
    "catalog.Product.name": _COLUMN,
    "accounts.Company.cvr": "tests/accounts/test_constraints.py::test_database_refuses_a_cvr_number_that_is_in_use",
    # Names that are the same do not differ by more than case: the constraint of that name speaks for this one too.
    "accounts.User.username": _ACCOUNTS,
    "accounts.ClipEntry.key": "tests/accounts/test_constraints.py::test_database_refuses_a_key_that_is_in_the_ledger",
    "billing.TermsOfSale.version": _COLUMN,
    "billing.Order.placement_key": _MONEY,
    "billing.Payment.key": _MONEY,
    "billing.PaymentAttempt.key": _KEYS,
    "billing.PaymentAttempt.session_id": _KEYS,
    "billing.StripeEvent.event_id": _KEYS,
    "billing.ActionItem.key": _KEYS,
    "billing.RenderFailure.document": _COLUMN,
    "billing.OutboxMail.message_id": _COLUMN,
}

WRITTEN_ONCE = (
    "accounts_clipentry",
    "billing_document",
    "billing_documentfile",
    "billing_documentline",
    "billing_numbergap",
    "billing_orderevent",
    "billing_payment",
    "billing_reconciliation",
    "billing_stripeevent",
    "billing_termsofsale",
)
KEPT = ("billing_order", "billing_orderline")

TRIGGERS = {
    **{f"{table}_no_{event}": f"{_APPEND}database_refuses_to_update_or_delete" for table in WRITTEN_ONCE
       for event in ("update", "delete")},
    **{f"{table}_no_update": f"{_APPEND}what_was_agreed_never_changes" for table in KEPT},
    **{f"{table}_no_delete": f"{_APPEND}what_was_ordered_cannot_be_deleted" for table in KEPT},
    **{f"{table}_no_truncate": f"{_APPEND}database_refuses_to_truncate" for table in (*WRITTEN_ONCE, *KEPT)},
    "a_document_has_the_lines_of_its_issue": f"{_APPEND}database_refuses_a_further_line_of_a_document",
}  # fmt: skip


def rows() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each guard: its kind, its name, and its tests."""
    for kind, guards in (("lock", LOCKS), ("rule", OTHERS)):
        yield from ((kind, name, tests) for name, tests in guards.items())
    for kind, single in (("constraint", CONSTRAINTS), ("unique column", UNIQUE_COLUMNS), ("trigger", TRIGGERS)):
        yield from ((kind, name, (test,)) for name, test in single.items())


def table() -> list[str]:
    """Return the lines of the table in the docs."""
    return [f"| {kind} | `{name}` | {'<br>'.join(f'`{test}`' for test in tests)} |" for kind, name, tests in rows()]


if __name__ == "__main__":
    print("| kind | guard | fails without it |", "|---|---|---|", *table(), sep="\n")
