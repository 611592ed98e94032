"""What is owed leaves later when the worker dies: real processes, and a real kill."""

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo_server import DemoServer, pdf_of, processes_of

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def worker_of(demo: DemoServer) -> int:
    """Return the process id of the demo's worker."""
    (worker,) = (number for number, command in processes_of(demo.folder).items() if " worker " in command)
    return worker


@pytest.mark.fault(32)
def test_the_invoice_is_mailed_though_the_worker_was_killed_before_sending(demo: DemoServer, page: Page) -> None:
    page.goto(f"{demo.url}/log-paa/?next=/koeb/")
    page.get_by_label("Brugernavn").fill("nabo")
    page.get_by_label("Kodeord").fill("klip-demo-100")
    page.get_by_role("button", name="Log på").click()
    offer = page.get_by_role("article", name="Fakturaklip")
    offer.get_by_label("Antal").fill("100")
    offer.get_by_role("button", name="Læg i kurv").click()
    page.get_by_role("link", name="Gå til kassen").click()
    page.get_by_label("Betal via kontooverførsel").check()
    page.get_by_label("Jeg accepterer TrueLinks salgsbetingelser").check()
    worker = worker_of(demo)
    os.kill(worker, signal.SIGSTOP)
    page.get_by_role("button", name="Afsend bestilling").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tak for din bestilling")
    page.get_by_role("link", name="Åbn faktura som PDF").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("PDF'en dannes")
    assert not [mail for mail in demo.mails() if mail["To"] == "bogholderi@nordlys.example"]

    os.kill(worker, signal.SIGKILL)

    invoice_mail = demo.mail(to="bogholderi@nordlys.example", subject="Faktura")
    assert pdf_of(invoice_mail).startswith(b"%PDF")
    assert worker_of(demo) != worker
