"""What can go wrong, one class per kind; the message tells the user what to do."""

from __future__ import annotations

from typing import Any, TypeVar

from .words.message import Message

Error = TypeVar("Error", bound="SomaError")


class SomaError(Exception):
    """Root of all errors that are meant for the user.

    Its text is what somebody reads in English, or already in the user's language
    where no ``message`` tells what to say.
    """

    exit_code = 1
    message: Message | None = None

    @classmethod
    def of(cls: type[Error], code: str, **values: Any) -> Error:
        """Return the error that says a sentence of ``words.sentences``."""
        message = Message(code, values)
        error = cls(str(message))
        error.message = message
        return error


def error_dict(error: SomaError) -> dict[str, Any]:
    """Return what an error says as code and values for JSON, {} where only as text."""
    return error.message.to_dict() if error.message is not None else {}


class BadInput(SomaError):
    """A file, option or value cannot be used as given."""

    exit_code = 2


class Refused(SomaError):
    """The evidence does not support a registration; nothing was written.

    Args:
        code: stable identifier for programs, one of the keys of ``REASONS``.
        message: one sentence for the user.
    """

    exit_code = 3

    def __init__(self, code: str, message: str):
        if code not in REASONS:
            raise ValueError(f"unknown refusal code: {code}")
        super().__init__(message)
        self.code = code

    @classmethod
    def of(cls, code: str, sentence: str, **values: Any) -> Refused:  # type: ignore[override]
        """Return the refusal ``code``, which says a sentence of ``words.sentences``."""
        message = Message(sentence, values)
        refused = cls(code, str(message))
        refused.message = message
        return refused


class ModelUnavailable(SomaError):
    """The asked-for model cannot run here: torch or its weights are missing."""

    exit_code = 4


class Cancelled(SomaError):
    """The user stopped the run; no output was left behind."""

    exit_code = 130


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error is one of too little memory, in any library's words."""
    text = str(error).lower()
    told = "alloc" in text and ("memory" in text or "bytes" in text)
    return isinstance(error, MemoryError) or "insufficient memory" in text or told


#: Why a registration may be refused; keys are part of the file contract.
REASONS: dict[str, str] = {
    "no_overlap": "the two images do not cover the same ground",
    "no_structure": "too little structure that both images could share",
    "too_few_matches": "too few matches agree with one another",
    "badly_spread": "the matches cover too small a part of the overlap",
    "ambiguous": "two different alignments fit about equally well",
    "unrelated": "the agreement is no better than that of unrelated images",
    "out_of_range": "the best alignment lies outside the search range",
    "already_aligned": "the images are already aligned better than we would do",
}
