"""Why a question is not taken, each with the sentence for the person."""

from datetime import datetime


class StartError(Exception):
    """`advice` is the sentence for the person."""

    advice = ""


class TurnIsActive(StartError):
    advice = "Claude is still answering. Wait for the answer or stop it, then send again."


class SendConflict(StartError):
    advice = "This message was already sent with other words. Reload the page and send it again."


class NotTheLastAnswer(StartError):
    advice = "The conversation has gone on since. Ask the question again as a new message."


class UnknownQuestion(StartError):
    advice = "The message that you edit is no longer there. Copy your words, reload the page and send them anew."


class UnknownAttachment(StartError):
    advice = "An attached file is no longer there. Remove it, attach it again and send."


class TooMuchAttached(StartError):
    def __init__(self, advice: str) -> None:
        super().__init__(advice)
        self.advice = advice


class NotForTheGroup(StartError):
    advice = "Your group may not ask this model. Choose another one and send again."


class OutOfBudget(StartError):
    """`told` is the advice with the moment of the reset, for where no page can write it in the reader's time."""

    def __init__(self, advice: str, told: str, resets_at: datetime) -> None:
        super().__init__(advice)
        self.advice, self.told, self.resets_at = advice, told, resets_at
