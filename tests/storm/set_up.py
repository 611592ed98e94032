"""`python -m tests.storm.set_up`: a shop with two kinds of clips and support, STORM_MEMBERS companies, two clerks.

Runs with production's settings, against the database that they name.
"""

import os

import django

django.setup()

from tests.factories import (  # noqa: E402 (models can be imported only after setup)
    ClipTypeFactory,
    CompanyFactory,
    ProductFactory,
    StaffFactory,
    UserFactory,
    open_shop,
    priced,
    support,
)
from tests.storm.people import CLERKS, member_name  # noqa: E402


def main() -> None:
    """Enter seller, terms, prices, members and staff."""
    open_shop()
    clip_type = ClipTypeFactory.create(code="ordre", name="Ordreklip")
    priced(ProductFactory.create(name="Ordreklip", clip_type=clip_type, position=2), t100="1.75", t2000="1.50")
    support()
    for number in range(int(os.environ["STORM_MEMBERS"])):
        name = member_name(number)
        company = CompanyFactory.create(
            name=f"Firma {name} ApS",
            administrative_email=f"kontor@{name}.example",
            invoice_email=f"faktura@{name}.example",
        )
        UserFactory.create(username=name, email=f"{name}@{name}.example", company=company)
    for clerk in CLERKS:
        StaffFactory.create(username=clerk)


if __name__ == "__main__":
    main()
