"""`python -m tests.operations.set_up_shop`: what an office enters in admin before the shop opens, and one member.

Runs with production's settings, against the database that they name.
"""

import django

django.setup()

from tests.factories import CompanyFactory, UserFactory, open_shop  # noqa: E402 (models can be imported only after setup)


def main() -> None:
    """Enter seller, terms, prices and a member."""
    open_shop()
    company = CompanyFactory.create(
        name="Havnegadens Bogtryk ApS",
        administrative_email="kontor@bogtryk.example",
        invoice_email="faktura@bogtryk.example",
    )
    UserFactory.create(username="mette", first_name="Mette", email="mette@bogtryk.example", company=company)


if __name__ == "__main__":
    main()
