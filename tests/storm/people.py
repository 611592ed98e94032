"""What everybody in the storm is called, and what they buy."""

CLERKS = ("kundecenter1", "kundecenter2")
CLIPS = ("Fakturaklip", "Ordreklip")
SUPPORT = "B2B fakturamodtagersupport"
PRODUCTS = (*CLIPS, SUPPORT)


def member_name(number: int) -> str:
    """Return the user name of a member."""
    return f"medlem{number + 1:02}"
