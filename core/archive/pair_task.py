"""One pair of an archive, from its claim to its folder: done once, whoever does it."""

from __future__ import annotations

import json
import traceback
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import api
from ..base.about import VERSION
from ..base.errors import (
    BadInput,
    Cancelled,
    ModelUnavailable,
    Refused,
    SomaError,
    error_dict,
    is_out_of_memory,
)
from ..base.feedback import SILENT, Feedback
from ..base.files import write_errors
from ..base.job import Job
from ..base.types import Result, finite
from ..base.words.message import Message
from ..base.words.verdict import verdict
from .folder import (
    ITEM,
    LOG,
    RECORD,
    THUMBNAIL,
    ArchiveFolder,
    Record,
    write_record,
)
from .pair_log import LogFeedback, is_too_late, limit_of, now
from .presentation import presentation
from .remote import put_files
from .stac import item_of
from .stack_file import read_decision

#: Times that a pair may end its process before it is recorded as failed.
MOST_ATTEMPTS = 3
#: Letters of a log that a record keeps.
_LOG_LETTERS = 4000
#: Sentences that say that results cannot be written: of the archive, not of a pair.
_NOWHERE_TO_WRITE = (
    *("disk_full", "could_not_write", "not_written", "store_failed"),
    *("cannot_be_written", "may_not_write", "name_too_long"),
)


@dataclass(frozen=True)
class Task:
    """One pair and where it belongs; plain values that travel between processes.

    Args:
        folder: of the archive.
        name: of the pair.
        row: its number in the plan.
        key: see ``key_of``.
        job: what is to be done.
        run: which run this is of; attempts of others tell nothing of the pair.
        retry: whether pairs that failed before are tried again.
        limit_s: seconds after which the pair ends its process, 0 for none.
        only: roles of the files that are wanted, all if none are given.
        store: URL below which the pair's files are copied, "" for none; only what tells
            of them stays in the folder.
        placed: file of ``stack_file`` that says where a stack places the image, "" for
            a pair that is registered by itself.
        version: of the program that asks.
    """

    folder: str
    name: str
    row: int
    key: str
    job: Job
    run: str = ""
    retry: bool = False
    limit_s: float = 0.0
    only: tuple[str, ...] = ()
    store: str = ""
    placed: str = ""
    version: str = VERSION


def is_done(record: Record | None, key: str, retry: bool = False) -> bool:
    """Return whether a pair with this key needs no more work."""
    if record is None or record.get("key") != key:
        return False
    return not (retry and record.get("status") == "failed")


def run_pair(task: Task, feedback: Feedback = SILENT) -> Record | None:
    """Register a pair and let its folder appear; returns what came of it.

    None when another process works on it. What is done already is not done again. A
    refusal is a result, and so is what a pair's files or the program did wrong.

    Raises:
        BadInput: nothing can be written into the archive.
        ModelUnavailable: its model cannot run here.
        Cancelled: the user stopped; nothing of the pair is left.
        MemoryError: there was too little memory; another attempt may have more.
    """
    folder = ArchiveFolder(task.folder)
    with folder.claims.claim(task.name) as free:
        if not free:
            return None
        record = folder.record(task.name, task.key)
        if record is not None and is_done(record, task.key, task.retry):
            folder.forget(task.name)
            return record
        attempt = folder.begin(task.name, task.key, task.run)
        log = folder.work(task.name) / LOG
        if attempt > 1 and is_too_late(log):
            error = BadInput.of("pair_too_slow", seconds=task.limit_s)
            return _publish_failure(folder, task, error, attempt - 1)
        if attempt > MOST_ATTEMPTS:
            error = BadInput.of("pair_ended_process", attempts=attempt - 1)
            return _publish_failure(folder, task, error, attempt - 1)
        with open(log, "a", encoding="utf-8") as file:
            part = LogFeedback(feedback, file)
            part.write(f"soma {VERSION}, attempt {attempt}, {now()}\n")
            with limit_of(task.limit_s, file):
                return _attempt(folder, task, attempt, part)


def _attempt(
    folder: ArchiveFolder, task: Task, attempt: int, feedback: LogFeedback
) -> Record:
    content = folder.work(task.name) / "out"
    job = replace(task.job, out=str(folder.path / task.name))
    try:
        folder.check_free(task.name)
        result, stack = _work(task, job, content, feedback)
    except (Cancelled, ModelUnavailable):
        folder.forget(task.name)
        raise
    except BadInput as error:
        if error.message is not None and error.message.code in _NOWHERE_TO_WRITE:
            folder.forget(task.name)
            raise
        return _publish_failure(folder, task, error, attempt)
    except Exception as error:
        if is_out_of_memory(error) and attempt < MOST_ATTEMPTS:
            raise MemoryError(str(error)) from error
        feedback.write(traceback.format_exc())
        if is_out_of_memory(error):
            failure: SomaError = BadInput.of("out_of_memory")
            return _publish_failure(folder, task, failure, attempt)
        kind = type(error).__name__
        failure = SomaError.of("unexpected", error=kind, why=error)
        return _publish_failure(folder, task, failure, attempt)
    record = _record(task, result, attempt) | stack
    with write_errors(folder.path):
        _describe(task, content, record)
    if task.store:
        _store(task, content, record)
    folder.publish(task.name, content, record)
    return record


def _work(
    task: Task, job: Job, content: Path, feedback: Feedback
) -> tuple[Result, dict[str, Any]]:
    """Register a pair, or place it where its stack does; return what is said of that.

    A stack may know where an image belongs that shows no ground of the optical one:
    then that is why it is refused.
    """
    decision = read_decision(task.placed) if task.placed else None
    # What is shown of the pair needs its transform.
    only = (*task.only, "transform") if task.only else ()
    about = {"stack": decision.about} if decision is not None else {}
    if decision is not None and decision.placed is not None:
        with suppress(Refused):
            placed = decision.placed
            return api.place(job, placed, feedback, str(content), only), about
    matcher = matcher_of(job.model, job.weights, job.device, job.threads)
    return api.register(job, feedback, matcher, str(content), only), about


def _store(task: Task, content: Path, record: Record) -> None:
    """Move a pair's files to a store, and leave what tells of them."""
    record["stored"] = f"{task.store.rstrip('/')}/{task.name}"
    write_record(content, record)
    put_files(content, record["stored"], RECORD)
    for path in content.iterdir():
        if path.name not in (ITEM, THUMBNAIL):
            path.unlink()


def _describe(task: Task, content: Path, record: Record) -> None:
    """Add to a record and its folder what is shown of the pair."""
    content.mkdir(exist_ok=True)
    record |= presentation(content, record, task.job)
    if task.only and "transform" not in task.only and "transform" in record["files"]:
        (content / record["files"].pop("transform")).unlink()
    if record["thumbnail"]:
        record["files"]["thumbnail"] = THUMBNAIL
    item = json.dumps(finite(item_of(record, content)), allow_nan=False, indent=1)
    (content / ITEM).write_text(item, encoding="utf-8")


@lru_cache(maxsize=2)
def matcher_of(model: str, weights: str, device: str, threads: int) -> api.Matcher:
    """Return the matcher of these options, loaded once a process."""
    job = Job("", "", model=model, weights=weights, device=device, threads=threads)
    return api.load_matcher(job)


def _record(task: Task, result: Result, attempt: int) -> Record:
    files = {role: Path(path).name for role, path in result.files.items()}
    grade = verdict(result.to_dict()).grade
    return _about(task, attempt) | {**result.to_dict(), "files": files, "grade": grade}


def _publish_failure(
    folder: ArchiveFolder, task: Task, error: SomaError, attempt: int
) -> Record:
    work = folder.work(task.name)
    content = work / "out"
    content.mkdir(exist_ok=True)
    for path in content.iterdir():
        path.unlink()
    log = (work / LOG).read_text(encoding="utf-8", errors="replace")
    (content / LOG).write_text(log, encoding="utf-8")
    code = error.message.code if error.message else type(error).__name__
    reason = str(error)
    if folder.result(task.name) is not None:
        reason = f"{reason} {Message('result_kept')}"
    result = Result("refused", reason, code, "", "", message=error_dict(error))
    about = {"status": "failed", "grade": "failed", "log": log[-_LOG_LETTERS:]}
    record = _about(task, attempt) | result.to_dict() | about
    try:
        folder.publish(task.name, content, record)
    except BadInput:
        # A folder there is not ours: it stays, and the failure is told but not kept.
        folder.forget(task.name)
    return record


def _about(task: Task, attempt: int) -> dict[str, Any]:
    return {
        "name": task.name,
        "key": task.key,
        "row": task.row,
        "sar": task.job.sar,
        "optical": task.job.optical,
        "moving": task.job.moving,
        "version": VERSION,
        "made": now(),
        "attempts": attempt,
    }
