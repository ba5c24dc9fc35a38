"""Why an answer failed.

ClaudeError
├── Unavailable   overloaded, api_error, connection, timeout_first_byte   retryable while nothing was shown
├── RateLimited   rate_limited; retry_after_s                             retryable within the budget
├── Rejected      invalid_request: our request was wrong                  the person can edit
│   ├── TooLong   too_long: larger than the API takes                     the person can shorten
│   └── NoModel   model_not_found                                         the person can choose another
├── Denied        unauthorized, billing, spend_limit                      the operator must act
└── Cut           stalled, timeout_total, incomplete_stream, connection_lost, protocol, bad_gateway, too_large
                  the stream broke; what had arrived is kept; some are retryable while nothing was shown
"""


class ClaudeError(Exception):
    """`reason` is the stable word of the contract; `advice` is the sentence for the person.

    `retryable` says whether the same request may succeed a moment later: a habit of the class, which one error
    may break, since the API can forbid a retry and some cuts mend themselves. `retry_after_s` is the API's wish.
    """

    retryable = False

    def __init__(
        self,
        reason: str,
        advice: str,
        *,
        request_id: str = "",
        status: int | None = None,
        error_type: str = "",
        retryable: bool | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice
        self.request_id = request_id
        self.status = status
        self.error_type = error_type
        self.retry_after_s = retry_after_s
        if retryable is not None:
            self.retryable = retryable


class Unavailable(ClaudeError):
    retryable = True


class RateLimited(ClaudeError):
    retryable = True


class Rejected(ClaudeError):
    pass


class TooLong(Rejected):
    pass


class NoModel(Rejected):
    pass


class Denied(ClaudeError):
    pass


class Cut(ClaudeError):
    pass
