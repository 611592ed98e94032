"""Forms for logging on and for "Egen vedligeholdelse"."""

from typing import Any, ClassVar

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company


def _say(form: forms.Form, **labels: tuple[Any, Any]) -> None:
    """Put the guide's words on fields: a label, and a sentence for when nothing was typed; no placeholders."""
    for name, (label, sentence) in labels.items():
        field = form.fields[name]
        field.label = label
        field.error_messages["required"] = sentence
        field.widget.attrs.pop("placeholder", None)


class LogOnForm(LoginForm):
    """User name and password, in the guide's words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(
            self,
            login=(_("Brugernavn"), _("Skriv dit brugernavn.")),
            password=(_("Kodeord"), _("Skriv dit kodeord.")),
        )
        self.fields["password"].help_text = ""


class ForgottenPasswordForm(ResetPasswordForm):
    """The e-mail to which a link for choosing a new password is sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, email=(_("Din e-mail"), _("Skriv din e-mail.")))


class NewPasswordMixin(forms.Form):
    """A new password typed twice."""

    def say_new_password(self) -> None:
        """Put the guide's words on both fields, with the rules in short beside the first."""
        _say(
            self,
            password1=(_("Nyt kodeord"), _("Skriv et nyt kodeord.")),
            password2=(_("Gentag det nye kodeord"), _("Skriv det nye kodeord en gang til.")),
        )
        self.fields["password1"].help_text = _(
            "Mindst 10 tegn, ikke kun tal, og ikke noget, der minder om dit navn eller din e-mail."
        )

    def clean(self) -> dict[str, Any] | None:
        """Refuse two different passwords, in the guide's words instead of allauth's."""
        cleaned: dict[str, Any] | None = super().clean()
        typed = self.cleaned_data.get("password1"), self.data.get(self.add_prefix("password2"))
        if all(typed) and typed[0] != typed[1]:
            self.errors["password2"] = self.error_class([str(_("De to kodeord er ikke ens."))])
        return cleaned


class ChoosePasswordForm(NewPasswordMixin, ResetPasswordKeyForm):
    """Choosing a password from the mailed link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.say_new_password()


class ChangePasswordForm(NewPasswordMixin, AllauthChangePasswordForm):
    """Changing one's own password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.say_new_password()
        _say(self, oldpassword=(_("Nuværende kodeord"), _("Skriv dit nuværende kodeord.")))
        self.fields["oldpassword"].help_text = ""


class AdministrativeEmailForm(forms.ModelForm[Company]):
    """Where receipts and confirmations go ("Egen vedligeholdelse" → "Konti")."""

    class Meta:
        model = Company
        fields = ("administrative_email",)
        labels: ClassVar = {"administrative_email": _("Administrativ e-mail")}
        help_texts: ClassVar = {
            "administrative_email": _("Hertil sendes kvitteringer og bekræftelser på indbetalinger."),
        }
        error_messages: ClassVar = {"administrative_email": {"required": _("Skriv den administrative e-mail.")}}
        widgets: ClassVar = {"administrative_email": forms.EmailInput(attrs={"autocomplete": "email"})}


class InvoiceSetupForm(forms.ModelForm[Company]):
    """Where invoices go, and what stands on them ("Opsæt til modtagelse af faktura")."""

    class Meta:
        model = Company
        fields = ("invoice_email", "ean", "purchase_order_number")
        labels: ClassVar = {
            "invoice_email": _("Faktura-e-mail"),
            "ean": _("EAN-nr. (GLN)"),
            "purchase_order_number": _("Fast rekvisitionsnr."),
        }
        help_texts: ClassVar = {
            "invoice_email": _(
                "Hertil sendes kreditnotaer samt fakturaer ved kontooverførsel. "
                "Ved betaling med kort sendes kvitteringen til den administrative e-mail."
            ),
            "ean": _("13 cifre. Trykkes på fakturaen."),
            "purchase_order_number": _("Foreslås ved hver bestilling og trykkes på fakturaen."),
        }
        error_messages: ClassVar = {"invoice_email": {"required": _("Skriv faktura-e-mailen.")}}
        widgets: ClassVar = {
            "invoice_email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "ean": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            "purchase_order_number": forms.TextInput(attrs={"autocomplete": "off"}),
        }
