"""No sentence of the guide is without its test, and the chapters are walked in the guide's order."""

import inspect
from collections.abc import Iterator
from types import ModuleType

from tests.guide import test_bank_transfer, test_card, test_checkout, test_log_on, test_questions, test_shopping

CHAPTERS = (test_log_on, test_shopping, test_checkout, test_card, test_bank_transfer, test_questions)

# As it stands in "TrueLink klip": line breaks, page furniture and a doubled word taken away, nothing else.
GUIDE = (
    "Som bruger af TrueLink e-fakturering, skal du først og fremmest være oprettet som medlem på TrueLink.dk"
    " – se evt. vejledningen hertil på www.TrueLink.dk",
    "Derudover skal du købe klip til TrueLink:",
    "Log ind på TrueLink via www.truelink.dk og menuen ”Log på”, med det brugernavn og kodeord, som du har fået"
    " tilsendt på din mailadresse i forbindelse med oprettelsen af din virksomhed på TrueLink.dk.",
    'Vælg menupunktet "Køb TrueLink klip og support" under "Egen vedligeholdelse".',
    "Vælg den ydelse eller de klip du ønsker at købe. I nedenstående eksempel vælges fakturaklip.",
    "Herefter indtaster du det antal fakturaklip, du vil købe (min. 100 stk.), klikker på knappen Læg i kurv,",
    "og såfremt det rette antal og pris fremgår af din indkøbskurv øverst i højre hjørne, klikker du på knappen"
    " ”Gå til kassen”:",
    "Du skal nu vælge, om du ønsker at betale med betalingskort eller du ønsker at betale via kontooverførsel, hvor"
    " fakturabeløbet skal overføres til TrueLinks bankkonto, før købet tildeles.",
    "Du skal ligeledes acceptere TrueLinks salgsbetingelser.",
    'Vælger du i stedet "Afbryd bestilling", returnerer du til ydelsesoversigten, varerne er dog fortsat i'
    " indkøbskurven.",
    "Har du valgt ”Betal med betalingskort” skal du nu vælge korttypen, og derefter indtaste kortoplysninger.",
    "Når betalingen er gennemført, vises kvitteringen for dit køb.",
    "Samtidig fremsendes kvitteringen for købet også til den administrative e-mail-adresse, der er registreret under"
    ' "Egen vedligeholdelse" - "Konti".',
    "Har du valgt ”Betal via kontooverførsel”, skal bestillingen afsendes til TrueLink.",
    "Fakturaen vises på skærmen og sendes samtidig til den e-mail adresse, der er registreret under opsæt til"
    " modtagelse af faktura.",
    "Når TrueLink har registreret din indbetaling af fakturabeløbet opdateres din faktura konto med det købte antal"
    " klip, og du modtager en bekræftelse herpå via mail.",
    "Har du spørgsmål, er du velkommen til at kontakte vores Kundecenter på kundecenter@truelink.dk.",
)


def sentences_of(chapter: ModuleType) -> Iterator[str]:
    """Yield the sentence that each test of the chapter proves, in the order of the file."""
    for name, test in vars(chapter).items():
        if name.startswith("test_"):
            yield " ".join((inspect.getdoc(test) or "").split("\n\n")[0].split())


def test_guide_is_walked_sentence_by_sentence() -> None:
    proved = [sentence for chapter in CHAPTERS for sentence in sentences_of(chapter)]
    assert tuple(dict.fromkeys(proved)) == GUIDE
