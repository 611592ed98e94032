"""A member whose browser runs the shop's scripts."""

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Error

from tests.browser.card_buyer import CardBuyer

_VIOLATIONS = """
    addEventListener("securitypolicyviolation", broken => console.error("CSP", broken.effectiveDirective))
"""


@dataclass
class ScriptedMember(CardBuyer):
    """A member at one tab of a browser with JavaScript.

    `complaints` are the errors and warnings of the pages' scripts, and what their content security policy refused.
    """

    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen to the page from the beginning."""
        self.page.add_init_script(_VIOLATIONS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", self._hear_error)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _hear_error(self, error: Error) -> None:
        self.complaints.append(error.message)
