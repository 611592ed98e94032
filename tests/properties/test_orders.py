"""Orders, beside their lives in plain words: every door that money and people come through, in any order.

Stripe is the simulator's process; the shop may learn late what its sessions say, but never invent, lose or double it.
More runs than the ordinary suite makes: see the package's docstring.
"""

import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import stripe as stripe_library
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from billing.gateway import StripeUnavailable
from billing.models import ActionItem, CardType, Order, OutboxMail, PaymentAttempt, PaymentMethod
from billing.services.buying import buy
from billing.services.cancelling import AttemptUndecided, NotCancellable, cancel_order
from billing.services.handling import handle_item
from billing.services.paying import NotPayable, PaymentUnderWay, abandon_order, open_card_payment
from billing.services.sweeping import cancel_forgotten_card_orders, look_at_attempts
from tests.card.shop import SESSIONS, post_raw, signed
from tests.factories import StaffFactory, UserFactory, open_shop, pay, support
from tests.properties.card_money import CardMoney
from tests.properties.carts import WISHES, Filling, placement
from tests.properties.life import AWAITING, CANCELLED, Life
from tests.properties.machine import UndoneMachine, one_of, run
from tests.properties.snapshot import Snapshot, read
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
number = st.integers(0, 30)
wishes = st.sampled_from(WISHES)
methods = st.sampled_from([PaymentMethod.CARD, PaymentMethod.CARD, PaymentMethod.BANK_TRANSFER])
card_types = st.sampled_from([CardType.VISA, CardType.MOBILEPAY])


class Orders(UndoneMachine):
    simulator: Simulator

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(START, tick=False)
        self.traveller = self.clock.start()
        self.stripe = CardMoney(self.simulator, now=START)
        self.products = (open_shop(), support())
        self.user, self.staff = UserFactory.create(), StaffFactory.create()
        self.fillings: list[Filling] = []
        self.lives: dict[int, Life] = {}
        self.shop: Snapshot = read()

    # --- the member ---

    @rule(wish=wishes, method=methods)
    def fill_a_cart_and_buy(self, wish: tuple[int, int], method: PaymentMethod) -> None:
        wanted = placement(self.user, self.products, key=uuid4(), wish=wish, method=method)
        self.fillings.append(Filling(wanted))
        self._buy(self.fillings[-1])

    @precondition(lambda self: self.fillings)
    @rule(number=number)
    def send_the_page_again(self, number: int) -> None:
        self._buy(one_of(self.fillings, number))

    @precondition(lambda self: self.fillings)
    @rule(number=number, wish=wishes, method=methods)
    def change_ones_mind(self, number: int, wish: tuple[int, int], method: PaymentMethod) -> None:
        filling = one_of(self.fillings, number)
        filling.wanted = placement(self.user, self.products, key=filling.wanted.key, wish=wish, method=method)
        self._buy(filling)

    @precondition(lambda self: self.lives)
    @rule(number=number, card_type=card_types)
    def open_the_card_page(self, number: int, card_type: CardType) -> None:
        order = one_of(list(self.lives), number)
        try:
            open_card_payment(order_id=order, user=self.user, card_type=card_type)
        except NotPayable:
            self._compare()
            assert self.lives[order].state != AWAITING
        except PaymentUnderWay:
            self._compare()
            assert self._is_under_way(order)
        else:
            self._compare()
            assert self.lives[order].state == AWAITING
            assert order in self.shop.tried

    @precondition(lambda self: self._untried())
    @rule(number=number)
    def answer_is_lost_while_the_card_page_is_made(self, number: int) -> None:
        order = one_of(self._untried(), number)
        self.stripe.stripe.fail_next("error_after", times=3, method="POST", path=SESSIONS)
        with pytest.raises(StripeUnavailable):
            open_card_payment(order_id=order, user=self.user, card_type=CardType.VISA)

    @precondition(lambda self: self.stripe.sessions)
    @rule(number=number)
    def come_back(self, number: int) -> None:
        session = one_of(list(self.stripe.sessions), number)
        browser = Client()
        browser.force_login(self.user)
        answer = browser.get(f"/ordrer/{self.stripe.order_of(session)}/betal/retur/", {"session": session})
        has_address = PaymentAttempt.objects.filter(session_id=session).exists()
        assert answer.status_code in ({200, 202, 302} if has_address else {404})
        self._compare()
        assert self._is_known(session) or not has_address

    # --- Stripe ---

    @precondition(lambda self: self.stripe.open())
    @rule(number=number, how=st.sampled_from(["well", "well", "declined", "late", "odd"]))
    def pay_at_stripe(self, number: int, how: str) -> None:
        self.stripe.pay(one_of(self.stripe.open(), number), how)

    @precondition(lambda self: self.stripe.open())
    @rule(number=number)
    def page_expires(self, number: int) -> None:
        self.stripe.stripe.expire(one_of(self.stripe.open(), number))

    @precondition(lambda self: self.stripe.pending())
    @rule(number=number, succeeds=st.booleans())
    def late_payment_ends(self, number: int, succeeds: bool) -> None:
        self.stripe.end_late_payment(one_of(self.stripe.pending(), number), succeeds=succeeds)

    @precondition(lambda self: self.stripe.sessions)
    @rule(number=number, comes_again=st.booleans())
    def news_arrives(self, number: int, comes_again: bool) -> None:
        if news := self.stripe.next_news(number, comes_again=comes_again):
            assert post_raw(body=news.body, signature=signed(news.body)) == 200
            self._compare()
            assert all(self._is_known(name) for name in self.stripe.sessions if name.encode() in news.body)

    # --- the shop by itself ---

    @rule()
    def sweep(self) -> None:
        """No open page goes unasked for longer than a quarter of an hour."""
        self._pass(timedelta(minutes=16))
        look_at_attempts(now=timezone.now())
        self._compare()
        assert all(map(self._is_known, self.stripe.sessions))

    @rule()
    def day_passes(self) -> None:
        self._pass(timedelta(hours=25))
        cancel_forgotten_card_orders(now=timezone.now())

    # --- staff ---

    @precondition(lambda self: self.lives)
    @rule(number=number, times=st.sampled_from([1, 2]))
    def mark_as_paid(self, number: int, times: int) -> None:
        order = Order.objects.get(pk=one_of(list(self.lives), number))
        for _ in range(times):
            expected = self.lives[order.pk].take(f"transfer:{order.pk}")
            assert pay(order, by=self.staff).name == expected

    @precondition(lambda self: self.lives)
    @rule(number=number)
    def cancel(self, number: int) -> None:
        order = one_of(list(self.lives), number)
        try:
            abandon_order(order_id=order, actor=self.staff, reason="Fortrudt")
        except NotCancellable:
            self._compare()
            assert self.lives[order].state != AWAITING
        except AttemptUndecided:
            self._compare()
            assert self._is_under_way(order)
        else:
            self._compare()
            assert self.lives[order].state == CANCELLED

    @precondition(lambda self: self.shop.tried)
    @rule(number=number)
    def cancel_while_somebody_may_be_paying(self, number: int) -> None:
        order = one_of(sorted(self.shop.tried), number)
        with pytest.raises((AttemptUndecided, NotCancellable)):
            cancel_order(order_id=order, actor=self.staff, reason="Fortrudt")

    @precondition(lambda self: self.shop.waiting)
    @rule(number=number)
    def handle(self, number: int) -> None:
        item = one_of(list(ActionItem.objects.waiting()), number)
        handle_item(item_id=item.pk, actor=self.staff, note="Talt med medlemmet")

    # --- what always holds ---

    @invariant()
    def shop_is_as_the_lives(self) -> None:
        self._compare()

    def _compare(self) -> None:
        self.stripe.look()
        self.shop = read()
        assert list(self.shop.states) == list(self.lives)
        for order, life in self.lives.items():
            self._learn(order, life)
            assert self.shop.states[order] == life.state
            assert sorted(self.shop.payments[order]) == life.payments
            assert self.shop.documents[order] == life.documents
            assert self.shop.mails[order] == life.mails
            assert self.shop.items[order] == life.items
        assert self.shop.clips == sum(life.credited for life in self.lives.values())
        for kind, first in (("invoice", 10001), ("credit_note", 500001)):
            numbers = self.shop.numbers[kind]
            assert numbers == list(range(first, first + len(numbers)))
        for filling in self.fillings:
            given_up = [self.lives[order] for order in filling.orders[:-1]]
            assert all(life.by_card and life.state == CANCELLED for life in given_up)

    def _learn(self, order: int, life: Life) -> None:
        """Let the life take what the shop has learnt since the last step, if it is true."""
        for key, _ in self.shop.payments[order]:
            session = key.removeprefix("stripe:")
            if session in self.stripe.of(order) and self.stripe.is_paid(session) and not self.stripe.is_odd(session):
                life.take(key)
        for session in map(lambda key: key.removeprefix("mismatch:"), self.shop.items[order]):
            if session in self.stripe.of(order) and self.stripe.is_paid(session) and self.stripe.is_odd(session):
                life.set_aside(session)
        if self.shop.states[order] == CANCELLED and life.state == AWAITING:
            assert not self._is_under_way(order)
            assert all(map(self._is_known, self.stripe.of(order)))
            assert not set(self.stripe.of(order)) & set(self.stripe.open())
            life.cancel()

    # --- the end ---

    def teardown(self) -> None:
        """Let everything that is under way come to its end, unless the run has failed already."""
        try:
            if sys.exc_info()[0] is None:
                self._come_to_rest()
        finally:
            self.clock.stop()
            super().teardown()

    def _come_to_rest(self) -> None:
        """Nobody does anything any more, but the shop itself: no order may be left that nobody will ever move."""
        self._compare()
        for count, session in enumerate(self.stripe.pending()):
            self.stripe.end_late_payment(session, succeeds=count % 2 == 0)
        for _ in range(2):
            self.sweep()
            self.day_passes()
            self._compare()
        assert (self.shop.tried, self.stripe.open()) == (set(), [])
        on_staffs_list = set(Order.objects.awaiting_transfer().values_list("pk", flat=True))
        for order, life in self.lives.items():
            assert life.state != AWAITING or order in on_staffs_list or self.shop.waits_for_staff(order)
        owed = sum(len(life.mails) for life in self.lives.values())
        assert OutboxMail.objects.filter(status="queued").count() == owed

    # --- how it is done ---

    def _buy(self, filling: Filling) -> None:
        try:
            placed = buy(filling.wanted)
        except AttemptUndecided:
            self._compare()
            assert self._is_under_way(filling.orders[-1])
            return
        if placed.is_new:
            clips = sum(line.quantity for line in filling.wanted.lines if line.product_id == self.products[0].pk)
            by_card = filling.wanted.payment_method == PaymentMethod.CARD
            self.lives[placed.order.pk] = Life(clips, by_card)
            filling.orders.append(placed.order.pk)
        assert placed.order.pk == filling.orders[-1]

    def _pass(self, time: timedelta) -> None:
        self.traveller.shift(time)
        self.stripe.time_passes(time)

    def _untried(self) -> list[int]:
        """Return the orders that nobody is trying to pay by card now, and somebody could."""
        free = [order for order in self.lives if order not in self.shop.tried and not self.shop.waits_for_staff(order)]
        return [order for order in free if self.lives[order].state == AWAITING]

    def _is_under_way(self, order: int) -> bool:
        """Whether money is on its way to the order, or has come and waits for staff."""
        return self.shop.waits_for_staff(order) or bool(set(self.stripe.of(order)) & set(self.stripe.pending()))

    def _is_known(self, session: str) -> bool:
        """Whether the shop has taken in what the session paid, if it has."""
        life = self.lives[self.stripe.order_of(session)]
        return not self.stripe.is_paid(session) or life.knows(session)


def test_orders_are_right_whatever_happens(stripe: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    # Stripe's library waits half a second before it repeats a call.
    monkeypatch.setattr(stripe_library.RequestsClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(Orders, "simulator", stripe, raising=False)
    run(Orders, examples=16, steps=25)
