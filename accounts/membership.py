"""How companies and people become members. The office creates them; nobody signs up."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context as allauth_context
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Company, Role, User
from accounts.validators import single_line

_SECONDS_A_DAY = 24 * 60 * 60


class CannotBeReached(Exception):
    """The user is closed or has no e-mail: a link for a password would reach nobody."""


def create_company_with_user(*, company: Company, user: User) -> None:
    """Save a new company and its first user, an administrator, and queue the user's welcome mail: all or nothing.

    Raises ValidationError, with the messages at the fields' names, when either is not valid.
    """
    with transaction.atomic():
        company.full_clean()
        company.save()
        user.company = company
        user.role = Role.ADMINISTRATOR
        create_user(user=user)


def create_user(*, user: User) -> None:
    """Save a new user, who has no password yet, and queue the welcome mail with the link for choosing one.

    Raises ValidationError when the user is not valid.
    """
    with transaction.atomic():
        user.set_unusable_password()
        user.full_clean()
        # Django's own fields for names take line breaks; they would end up in the heads of mails.
        single_line(user.first_name + user.last_name)
        user.save()
        invite_user(user=user)


def invite_user(*, user: User) -> None:
    """Queue the mail that tells the user name and carries a link for choosing a password.

    The link works once, for `PASSWORD_RESET_TIMEOUT`. Raises CannotBeReached.
    """
    _check_reachable(user)
    context = {
        "user": user,
        "company": user.company,
        "choose_password_url": choose_password_url(user),
        "log_on_url": settings.SITE_URL + reverse("account_login"),
        "valid_days": settings.PASSWORD_RESET_TIMEOUT // _SECONDS_A_DAY,
    }
    # The request brings the seller's contact with it, of which this room knows nothing. Mails are Danish.
    request = allauth_context.request
    with override("da"):
        message = EmailMultiAlternatives(
            subject=" ".join(render_to_string("mail/welcome/subject.txt", context, request).split()),
            body=render_to_string("mail/welcome/body.txt", context, request),
            to=[user.email],
        )
        message.attach_alternative(render_to_string("mail/welcome/body.html", context, request), "text/html")
    message.send()


def send_new_link(*, user: User) -> None:
    """Queue a new link: the welcome mail again for who never chose a password, else the mail for a forgotten one.

    Raises CannotBeReached.
    """
    if not user.has_usable_password():
        invite_user(user=user)
        return
    _check_reachable(user)
    context = {"user": user, "username": user.username, "password_reset_url": choose_password_url(user)}
    get_adapter().send_password_reset_mail(user, user.email, context)


def choose_password_url(user: User) -> str:
    """Return the address where the user chooses a password: allauth's own kind of link."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=key)


def _check_reachable(user: User) -> None:
    if not (user.is_active and user.email):
        raise CannotBeReached
