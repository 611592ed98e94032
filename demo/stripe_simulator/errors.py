"""How the API says no, in the words of https://docs.stripe.com/api/errors."""

from http import HTTPStatus

from demo.stripe_simulator import Json


class ApiError(Exception):
    """An answer that is an error.

    `is_outcome` tells that the call was carried out as far as it goes: an idempotency key then keeps the answer.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = HTTPStatus.BAD_REQUEST,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        is_outcome: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = int(status)
        self.is_outcome = is_outcome
        error = {"type": kind, "code": code, "param": param, "message": message}
        self.body: Json = {"error": {name: value for name, value in error.items() if value}}


def no_such(kind: str, name: str, *, param: str) -> ApiError:
    """Return the error for an object that does not exist."""
    message = f"No such {kind}: '{name}'"
    return ApiError(message, status=HTTPStatus.NOT_FOUND, code="resource_missing", param=param)
