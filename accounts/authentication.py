"""Log-on through allauth, with the shop's rules."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import ClipAccount, User

_SECONDS_A_DAY = 24 * 60 * 60


class MemberBackend(AuthenticationBackend):
    """allauth's log-on, reading the user with the company, and whether it has clips: pages need all of it."""

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session, or None when the person was removed: then the session is void."""
        own = ClipAccount.objects.filter(company=OuterRef("company"))
        users = User.objects.select_related("company").annotate(clip_account_exists=Exists(own))
        user = users.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):
    """Members are created by staff, never by signing up; staff land in admin."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("Brugernavn eller kodeord er forkert."),
        "too_many_login_attempts": _("For mange forsøg på at logge på. Vent fem minutter, og prøv igen."),
        "account_inactive": _("Brugeren er lukket. Kontakt kundecenteret."),
        "incorrect_password": _("Kodeordet er forkert."),
        "enter_current_password": _("Det nuværende kodeord er forkert."),
        "invalid_password_reset": _("Linket er brugt eller for gammelt. Bed om et nyt."),
        "rate_limited": _("For mange forsøg på kort tid. Vent lidt, og prøv igen."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail in Danish, in whichever language the page is that asked for it."""
        with override(settings.LANGUAGE_CODE):
            super().send_mail(template_prefix, email, context)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Mail the link for choosing a new password, and say how long it works."""
        context["valid_days"] = settings.PASSWORD_RESET_TIMEOUT // _SECONDS_A_DAY
        super().send_password_reset_mail(user, email, context)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of the mail: at the shop's own address, whatever host the request claimed to ask."""
        uidb36, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
        return str(settings.SITE_URL + path)

    def is_safe_url(self, url: str | None) -> bool:
        """Go on after logging on to addresses within the shop only; a broken one is no address."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send staff to admin and members to their menu."""
        user = request.user
        if isinstance(user, User) and user.company_id is None:
            return reverse("admin:index")
        return str(super().get_login_redirect_url(request))
