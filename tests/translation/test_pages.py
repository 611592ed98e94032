"""Every page of the shop in English: an EnglishVisitor finds no Danish word on any page that these tests open."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.ledger import expire_due_accounts, reverse_purchase, use_clips
from accounts.membership import choose_password_url
from accounts.models import ClipAccount, Role, User
from billing.models import Document, DocumentArchive, PaymentMethod, RenderFailure
from billing.services.archiving import make_archive
from billing.services.cancelling import cancel_order
from billing.services.performing import mark_performed
from billing.services.settling import Received, settle_order
from billing.views.pay import STORIES
from catalog.models import PriceTier, Product
from tests.factories import PASSWORD, StaffFactory, TermsFactory, UserFactory, open_shop, pay, place
from tests.factories import support as support_product
from tests.translation.english import EnglishVisitor, danish_in

pytestmark = pytest.mark.django_db

ADD, CART, CHECKOUT, MENU = "/koeb/laeg-i-kurv/", "/kurv/", "/kassen/", "/egen-vedligeholdelse/"


@pytest.fixture
def clips(db: None) -> Product:
    return open_shop()


@pytest.fixture
def support(clips: Product) -> Product:
    return support_product()


@pytest.fixture
def user(clips: Product) -> User:
    return UserFactory.create(company__name="Holm ApS")


@pytest.fixture
def visitor(user: User) -> EnglishVisitor:
    return EnglishVisitor(user)


def put(visitor: EnglishVisitor, product: Product, quantity: str) -> EnglishVisitor:
    return visitor.send(ADD, [("product", str(product.pk)), ("quantity", quantity)])


def test_danish_words_and_dates_would_be_noticed() -> None:
    assert "Gå til kassen" in danish_in("Total 2 Gå til kassen")
    assert "er modtaget. Her er" in danish_in("Bestilling 7 er modtaget. Her er invoice 10001.")
    assert danish_in("We received it on 3. May 2026, or 03.05.2026.") == ["3. May 2026", "03.05.2026"]
    assert danish_in("Go to checkout. Order 7, 3 May 2026, 1.234,50 kr.") == []


# --- everybody -------------------------------------------------------------------------------------------------------


def test_pages_for_everybody(clips: Product) -> None:
    visitor = EnglishVisitor()
    for path in (
        "/", "/log-paa/", "/glemt-kodeord/", "/glemt-kodeord/sendt/", "/bliv-medlem/", "/lukket/", "/kodeord/valgt/",
        "/salgsbetingelser/",
    ):  # fmt: skip
        assert visitor.open(path).status == 200


def test_logging_in_and_out(user: User) -> None:
    visitor = EnglishVisitor().open("/log-paa/").press("Log in")
    assert ("Enter your user name.", "id_login") in visitor.errors
    visitor.fill("User name", user.username).fill("Password", "wrong").press("Log in")
    assert visitor.errors == [("Wrong user name or password.", "")]
    visitor.fill("User name", user.username).fill("Password", PASSWORD).press("Log in")
    assert visitor.heading == "Self-service"
    assert visitor.open("/log-af/").heading == "Do you want to log out?"
    assert "You have logged out." in visitor.send("/log-af/", []).text


def test_choosing_a_password_from_the_link(user: User) -> None:
    visitor = EnglishVisitor().open("/glemt-kodeord/").press("Send the link")
    assert [error for error, _field in visitor.errors] == ["Enter your e-mail."]
    assert visitor.fill("Your e-mail", "nobody").press("Send the link").status == 200
    assert visitor.fill("Your e-mail", user.email).press("Send the link").heading == "Check your mail"
    visitor.open(choose_password_url(user).removeprefix(settings.SITE_URL))
    for first, second in (("", ""), ("1234", "1234"), (user.username, user.username), ("klip-test-7", "klip-test-8")):
        visitor.fill("New password", first).fill("Repeat the new password", second).press("Save password")
        assert visitor.errors
    visitor.fill("New password", "clips-test-7").fill("Repeat the new password", "clips-test-7").press("Save password")
    assert visitor.heading == "Your password is set"
    assert visitor.open("/kodeord/1-gone/").heading == "The link no longer works"


# --- shopping --------------------------------------------------------------------------------------------------------


def test_shopping_by_bank_transfer(visitor: EnglishVisitor, clips: Product, support: Product) -> None:
    visitor.open("/").open(MENU).open("/koeb/")
    for typed in ("", "many", "1", "9999999"):
        assert put(visitor, clips, typed).errors
    put(visitor, clips, "100")
    put(visitor, clips, "1000")
    put(visitor, support, "2")
    visitor.open(CART).press("Change quantity", inside="Fakturaklip")
    visitor.press("Go to checkout", inside="Total").press("Place order")
    assert visitor.errors
    visitor.choose("Pay by bank transfer").choose("I accept TrueLink’s terms of sale").press("Place order")
    assert visitor.heading == "Thank you for your order"
    assert "Here is invoice 10001." in visitor.text


def test_choosing_by_price_and_by_use(visitor: EnglishVisitor, user: User, clips: Product, support: Product) -> None:
    visitor.open("/koeb/").fill("Quantity", "950", inside="Fakturaklip").press("See price", inside="Fakturaklip")
    assert "950 pcs. at 2,50\u00a0kr. = 2.375,00\u00a0kr. excl. VAT (2.968,75\u00a0kr. incl. VAT)" in visitor.text
    assert "Buy 50 pcs. more" in visitor.text
    visitor.fill("Quantity", "900", inside="Fakturaklip").press("See price", inside="Fakturaklip")
    put(put(visitor, clips, "100"), clips, "100").open(CART)
    with time_machine.travel(timezone.now() - timedelta(days=100)):
        pay(place(user, (clips, 1000)).order)
    account = ClipAccount.objects.get()
    use_clips(account=account, quantity=300, key="use", now=timezone.now())
    for balance, left in ((0, 300), (10, 300), (90, 300), (600, 300), (10, 1), (90, 1), (600, 1), (99999, 1)):
        last_day = timezone.localdate() + timedelta(days=left)
        ClipAccount.objects.filter(pk=account.pk).update(balance=balance, expires_on=last_day)
        assert "You have used 300 clips" in visitor.open("/koeb/").text
    with time_machine.travel(timezone.now() + timedelta(days=300)):
        assert "in the last year" in EnglishVisitor(user).open(f"{MENU}konti/{account.pk}/").text


def test_buying_again(visitor: EnglishVisitor, user: User, clips: Product, support: Product) -> None:
    order = place(user, (clips, 1000), (support, 2)).order
    PriceTier.objects.filter(product=clips).update(unit_price="3")
    Product.objects.filter(pk=support.pk).update(is_active=False)
    text = visitor.open(f"/ordrer/{order.pk}/").press("Buy again").text
    assert f"The products of order {order.number} are in the cart" in text
    assert "Not put in the cart: B2B fakturamodtagersupport. This product is no longer sold." in text


def test_cart_and_checkout_that_are_not_in_order(visitor: EnglishVisitor, clips: Product, support: Product) -> None:
    assert visitor.open(CART).open(CHECKOUT).path == "/koeb/"
    put(visitor, clips, "1000")
    put(visitor, support, "1")
    visitor.open(CHECKOUT).choose("Pay by bank transfer").choose("I accept TrueLink’s terms of sale")
    PriceTier.objects.filter(product=clips).update(unit_price="3")
    assert "The price has changed" in visitor.press("Place order").text
    TermsFactory.create()
    assert visitor.choose("I accept TrueLink’s terms of sale").press("Place order").status == 422
    Product.objects.filter(pk=clips.pk).update(is_active=False)
    assert "This product is no longer sold." in visitor.open(CART).text
    assert "Removed from the cart" in visitor.press("Remove", inside="Fakturaklip").text
    Product.objects.update(is_active=False)
    assert visitor.open("/koeb/").heading == "Buy TrueLink clips and support"


def test_checkout_that_is_closed(db: None) -> None:
    visitor = put(EnglishVisitor(UserFactory.create()), support_product(), "1").open(CHECKOUT)
    assert "The seller’s details are missing. The terms of sale are missing." in visitor.text
    assert "Your products stay in the cart." in visitor.text


def test_reader_sees_what_may_be_seen(user: User, clips: Product) -> None:
    reader = EnglishVisitor(UserFactory.create(company=user.company, role=Role.READER))
    for path in ("/koeb/", MENU, f"{MENU}konti/", f"{MENU}modtagelse-af-faktura/", "/ordrer/"):
        assert reader.open(path).status == 200
    assert reader.open(CART).status == 403


def test_card_payment_in_each_state(visitor: EnglishVisitor, user: User, clips: Product) -> None:
    order = place(user, (clips, 1000), method=PaymentMethod.CARD).order
    page = reverse("billing:pay", args=[order.pk])
    assert visitor.open(page).heading == "Pay by card"
    for story in STORIES:
        assert "No money has been taken" in visitor.open(f"{page}?{story}=1").text
    assert visitor.send(page, []).errors == [("Choose what you want to pay with.", "id_card_type_0")]
    assert "The order has not been paid yet." in visitor.open(f"/ordrer/{order.pk}/").text
    received = Received(PaymentMethod.CARD, order.total, timezone.localdate(), key="stripe:paid")
    settle_order(order_id=order.pk, received=received)
    assert visitor.open(f"/ordrer/{order.pk}/").open(page).heading == "Receipt"
    cancelled = place(user, (clips, 1000), method=PaymentMethod.CARD).order
    cancel_order(order_id=cancelled.pk, actor=None, reason="")
    assert "The order has been cancelled" in visitor.open(reverse("billing:pay", args=[cancelled.pk])).text


# --- orders, documents, accounts -------------------------------------------------------------------------------------


def test_empty_lists(visitor: EnglishVisitor) -> None:
    assert visitor.open("/ordrer/").status == visitor.open(f"{MENU}konti/").status == 200


def test_order_and_documents_in_each_state(
    visitor: EnglishVisitor, user: User, clips: Product, support: Product
) -> None:
    awaiting, paid, cancelled = (
        place(user, (clips, 1000), (support, 2), purchase_order_number="PO 9") for _number in range(3)
    )
    pay(paid.order)
    mark_performed(line_id=paid.order.lines.get(clip_type=None).pk, actor=StaffFactory.create(), note="Done")
    cancel_order(order_id=cancelled.order.pk, actor=None, reason="Ordered twice")
    assert "Awaiting payment" in visitor.open("/ordrer/").text
    for each in (awaiting, paid, cancelled):
        visitor.open(f"/ordrer/{each.order.pk}/")
    for document in Document.objects.all():
        assert visitor.open(f"/dokumenter/{document.pk}/").status == 200
        assert visitor.open(f"/dokumenter/{document.pk}/pdf/").heading == "The PDF is being made"
    assert visitor.open(f"/dokumenter/{Document.objects.latest('pk').pk}/").heading == "Credit note 500001"


def test_many_orders_have_pages(visitor: EnglishVisitor, user: User, clips: Product) -> None:
    for _number in range(21):
        place(user, (clips, 100))
    assert "Page 2 of 2" in visitor.open("/ordrer/").click("Next").text
    assert "21 orders match" in visitor.open("/ordrer/?soeg=312,50").text
    assert "1 order matches" in visitor.open("/ordrer/?soeg=invoice+10001").text
    visitor.open(f"/ordrer/?soeg=Frit&aar={timezone.localdate().year}&status=paid")
    assert "No orders match" in visitor.text


def test_zip_file_in_each_state(visitor: EnglishVisitor, user: User, clips: Product) -> None:
    invoice = place(user, (clips, 100)).invoice
    assert invoice is not None
    RenderFailure.objects.create(document=invoice, attempts=3, next_at=timezone.now(), last_error="OSError")
    year = str(invoice.issued_on.year)
    visitor.open(f"/ordrer/bilag/{year}/").press("Make the zip file")
    assert visitor.heading == f"Documents of {year} as a zip file"
    assert "The zip file is being made" in visitor.text
    archive = DocumentArchive.objects.get()
    make_archive(archive.pk)
    assert "1 document is missing" in visitor.open(f"/ordrer/bilag/{year}/").text
    DocumentArchive.objects.update(documents=1)
    assert visitor.open(f"/ordrer/bilag/{year}/").has_link("Download the zip file (1 document, 0,1\u00a0MB)")
    assert visitor.has_button("Make a new zip file")
    DocumentArchive.objects.update(status="failed", made_at=None)
    assert "The zip file could not be made." in visitor.open(f"/ordrer/bilag/{year}/").text
    DocumentArchive.objects.update(status="queued", year=1999)
    visitor.press("Make the zip file")
    assert "The zip file for 1999 is still being made." in visitor.text


def test_year_without_documents(visitor: EnglishVisitor) -> None:
    visitor.send("/ordrer/bilag/", [("aar", "2020")])
    assert "There are no documents of 2020." in visitor.text


def test_clip_account_in_each_state(visitor: EnglishVisitor, user: User, clips: Product) -> None:
    order = place(user, (clips, 1000)).order
    pay(order)
    account = ClipAccount.objects.get()
    page = visitor.open(f"{MENU}konti/").open(f"{MENU}konti/{account.pk}/").text
    assert f"Purchase Order {order.number} +1.000" in page
    use_clips(account=account, quantity=1, key="use", now=timezone.now())
    reverse_purchase(entry=account.entries.get(kind="purchase"), quantity=1, key="reversal", now=timezone.now())
    page = visitor.open(f"{MENU}konti/{account.pk}/").text
    assert f"Reversal Order {order.number} -1 998" in page
    assert "Use -1 999" in page
    assert "The balance is 998 clips. It was highest on" in page or "The balance has been 998 clips" in page
    assert "No entries fit what you have chosen." in visitor.open(f"{MENU}konti/{account.pk}/?art=expiry").text
    for query in ("fra=x", "fra=31.02.2026", "fra=1.1.1999", "art=x", "fra=2.1.2026&til=1.1.2026"):
        assert visitor.open(f"{MENU}konti/{account.pk}/?{query}").errors
    later = timezone.now() + timedelta(days=800)
    expire_due_accounts(now=later)
    with time_machine.travel(later):
        visitor = EnglishVisitor(user)
        assert "Expiry Clips expired -998" in visitor.open(f"{MENU}konti/{account.pk}/").text
        visitor.open(f"{MENU}konti/")


def test_settings_of_the_company(visitor: EnglishVisitor, user: User) -> None:
    visitor.open(f"{MENU}konti/").fill("Administrative e-mail", "office").press("Save")
    assert visitor.errors == [("Enter a valid email address.", "id_administrative_email")]
    assert "has been saved" in visitor.fill("Administrative e-mail", "office@holm.example").press("Save").text
    visitor.open(f"{MENU}modtagelse-af-faktura/").fill("EAN no. (GLN) (optional)", "1").press("Save")
    assert visitor.errors
    assert "has been saved" in visitor.fill("EAN no. (GLN) (optional)", "").press("Save").text
    visitor.open("/skift-kodeord/").press("Save password")
    visitor.fill("Current password", "wrong").fill("New password", "1").fill("Repeat the new password", "2")
    assert visitor.press("Save password").errors


# --- what went wrong -------------------------------------------------------------------------------------------------


def test_pages_for_what_went_wrong(visitor: EnglishVisitor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert visitor.open("/nowhere/").heading == "This page does not exist"
    assert EnglishVisitor(StaffFactory.create()).open("/koeb/").heading == "You do not have access to this"
    checked = EnglishVisitor()
    checked.client = Client(enforce_csrf_checks=True)
    checked.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert checked.send("/log-paa/", []).heading == "The page was too old"
    monkeypatch.setattr("checkout.views.front.render", None)
    assert visitor.open("/").heading == "Something went wrong at our end"


def test_too_many_attempts(user: User) -> None:
    visitor = EnglishVisitor()
    for _number in range(30):
        visitor.send("/glemt-kodeord/", [("email", "nobody@holm.example")])
    assert (visitor.status, visitor.heading) == (429, "Too many attempts")
