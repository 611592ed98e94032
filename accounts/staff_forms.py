"""Forms on which the office enters companies and people."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Company, User
from accounts.validators import single_line

COMPANY_FIELDS = (
    "name",
    "cvr",
    "address",
    "postal_code",
    "city",
    "ean",
    "administrative_email",
    "invoice_email",
    "purchase_order_number",
)
_PERSON = ("username", "first_name", "last_name", "email")
# What makes a person staff.
_STAFF = ("is_staff", "is_superuser", "groups")
_USER_NAME_HELP = "Bogstaver, tal og tegnene @ . + - _"


def free_user_name(name: str, *, taken_by: User | None = None) -> str:
    """Return the user name, or refuse it when somebody else has it, in whichever case it is written."""
    others = User.objects.filter(username__iexact=name)
    if taken_by is not None and taken_by.pk:
        others = others.exclude(pk=taken_by.pk)
    if others.exists():
        raise ValidationError("Brugernavnet er optaget. Vælg et andet.", code="unique")
    return name


class UserForm(forms.ModelForm[User]):
    """A person, without the password: that is the person's own affair."""

    class Meta:
        model = User
        fields = _PERSON
        labels: ClassVar = {
            "is_active": "Aktiv",
            "is_staff": "Ansat i kundecenteret",
            "is_superuser": "Må alt",
            "groups": "Grupper",
        }
        help_texts: ClassVar = {
            "username": _USER_NAME_HELP,
            "is_active": "Fjern fluebenet for at lukke brugeren. En lukket bruger kan ikke logge på.",
            "is_staff": "Giver adgang til kundecenterets sider.",
            "is_superuser": "Må se og ændre alt, også kolleger, uden at være i en gruppe.",
            "groups": "Kollegaen må det, som de valgte grupper må.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(_PERSON) & set(self.fields):
            self.fields[name].required = True
            self.fields[name].validators.append(single_line)

    def clean_email(self) -> str:
        """Return the address in small letters: who has forgotten the password is looked for so."""
        return str(self.cleaned_data["email"]).lower()

    def clean_username(self) -> str:
        """Refuse a name that differs from another only in case."""
        return free_user_name(self.cleaned_data["username"], taken_by=self.instance)

    def clean(self) -> dict[str, Any]:
        """Refuse a person who belongs nowhere."""
        cleaned = super().clean() or {}
        is_staff = cleaned.get("is_staff", self.instance.is_staff)
        if "company" in self.fields and not self.has_error("company") and not (is_staff or cleaned.get("company")):
            self.add_error("company", "Vælg det medlem, som brugeren handler for.")
        if "company" not in self.fields and self.instance.company_id is None and not is_staff:
            self.add_error("is_staff", "Brugeren har intet medlem. Fjern i stedet fluebenet ved “Aktiv”.")
        given = [name for name in _STAFF if cleaned.get(name)]
        if cleaned.get("company") and given:
            self.add_error(given[0], "En bruger hører enten til et medlem eller til kundecenteret.")
        return cleaned


class CompanyWithUserForm(forms.ModelForm[Company]):
    """A new company and its first user on one page."""

    username = forms.CharField(label="Brugernavn", max_length=150, help_text=_USER_NAME_HELP)
    first_name = forms.CharField(label="Fornavn", max_length=150, validators=[single_line])
    last_name = forms.CharField(label="Efternavn", max_length=150, validators=[single_line])
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        validators=[single_line],
        help_text="Hertil sendes brugernavn og link til kodeord.",
    )

    class Meta:
        model = Company
        fields = COMPANY_FIELDS

    def clean_email(self) -> str:
        """Return the address in small letters, as `UserForm` does."""
        return str(self.cleaned_data["email"]).lower()

    def clean_username(self) -> str:
        """Refuse a name that somebody has."""
        return free_user_name(self.cleaned_data["username"])

    def clean(self) -> dict[str, Any]:
        """Hold the user against the model's own rules; each message goes to the field of the same name."""
        cleaned = super().clean() or {}
        try:
            self.user().clean_fields(exclude=set(self.errors) | {"password", "company", "role"})
        except ValidationError as error:
            self.add_error(None, error)
        return cleaned

    def user(self) -> User:
        """Return the first user as typed, not saved yet."""
        return User(**{name: self.cleaned_data.get(name, "") for name in _PERSON})
