"""What is wrong with a call, a job or a table of pairs."""

from __future__ import annotations

from .marks import N_

PROGRAM: dict[str, str] = {
    "run_time": N_("It took {seconds:.1f} s."),
    "files_written": N_("Files in {folder}: {names}"),
    "written": N_("Written: {path}"),
    "match_ok": N_("Matched. {reason}"),
    "match_refused": N_("Refused. {reason}"),
    "stopped": N_("Stopped; no output was written."),
    "interrupted": N_("Stopped."),
    "out_of_memory": N_(
        "There is too little memory for this; close other programs, or choose the "
        "model gradient or a smaller area."
    ),
    "name_not_utf8": N_("{name} is no name in UTF-8; rename the file or folder."),
    "unknown_call": N_("Unknown call {call!r}; this is soma {version}."),
    "request_lacks": N_("The request lacks: {key}."),
    "request_value": N_("{key} of the request is of the wrong kind: {value}."),
    "usage": N_("{text}; see {command} --help."),
    "match_inputs": N_("soma match needs either --ref and --mov, or --pairs."),
    "rows_failed": N_(
        "{failed} of {rows} rows of {path} could not be worked on, all others "
        "were; the first is {first}"
    ),
    "job_no_object": N_("The job is no JSON object; give one with its options."),
    "job_unknown_keys": N_("The job has unknown keys: {keys}."),
    "job_lacks": N_("The job lacks: {keys}."),
    "job_not_json": N_("The job is not valid JSON: {why}."),
    "job_value": N_("The job has a value of the wrong kind: {why}."),
    "pairs_columns": N_("{path} needs the columns ref and mov, and at least one row."),
    "pairs_unknown_columns": N_(
        "{path} has columns that mean nothing here: {names:commas}; soma archive run "
        "takes options pair by pair, and columns of your own begin with an underscore."
    ),
    "pairs_no_file": N_("{path}: row {row} has no file in the column {column}."),
    "pairs_not_found": N_(
        "{path}: row {row} names {file}, which was not found; check the path."
    ),
    "pairs_no_table": N_("{path} is no table in UTF-8: {why}."),
    "pairs_name": N_(
        "{path}: {name!r} is not the name of a file or not its row's alone; give "
        "every row a name of its own."
    ),
    "unexpected": N_("Unexpected {error}: {why}"),
    "unexpected_debug": N_("Unexpected {error}: {why} (--debug shows where)."),
    "not_a_request": N_("Not a request."),
}
