"""Django's password rules, said in the guide's word: "kodeord". Django's own Danish says something else."""

from django.contrib.auth import password_validation as rules
from django.utils.translation import gettext as _


class NotLikeThePerson(rules.UserAttributeSimilarityValidator):
    """Refuse a password that resembles the user name, the name or the e-mail."""

    def get_error_message(self) -> str:
        """Name the rule; `%(verbose_name)s` is what the password resembles."""
        return _("Kodeordet minder for meget om: %(verbose_name)s.")

    def get_help_text(self) -> str:
        """Say the rule before the password is chosen."""
        return _("Kodeordet må ikke minde om dit navn eller din e-mail.")


class LongEnough(rules.MinimumLengthValidator):
    """Refuse a short password."""

    def get_error_message(self) -> str:
        """Name the rule."""
        return _("Kodeordet er for kort. Det skal være på mindst %(min_length)s tegn.") % {
            "min_length": self.min_length
        }

    def get_help_text(self) -> str:
        """Say the rule before the password is chosen."""
        return _("Kodeordet skal være på mindst %(min_length)s tegn.") % {"min_length": self.min_length}


class NotCommon(rules.CommonPasswordValidator):
    """Refuse a password that many people use."""

    def get_error_message(self) -> str:
        """Name the rule."""
        return _("Kodeordet er for almindeligt. Vælg et, som andre ikke bruger.")

    def get_help_text(self) -> str:
        """Say the rule before the password is chosen."""
        return _("Kodeordet må ikke være et, som mange bruger.")


class NotOnlyDigits(rules.NumericPasswordValidator):
    """Refuse a password of digits only."""

    def get_error_message(self) -> str:
        """Name the rule."""
        return _("Kodeordet må ikke kun være tal.")

    def get_help_text(self) -> str:
        """Say the rule before the password is chosen."""
        return _("Kodeordet må ikke kun være tal.")
