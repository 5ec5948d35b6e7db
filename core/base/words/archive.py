"""What is said of archives: their plans, how far they are, what went wrong."""

from __future__ import annotations

from .marks import N_

ARCHIVE: dict[str, str] = {
    "archive_needs": N_(
        "This needs the package {package}: scripts/setup.sh archive installs it, and "
        "so does pip install 'soma-registration[archive]'."
    ),
    "archive_needs_also": N_(
        "This needs the package {package}; install it with pip beside the program."
    ),
    "no_such_folder": N_("{path} is no folder; give one with images in it."),
    "scene_nowhere": N_(
        "{name} is left out: it has no georeference that says where it lies."
    ),
    "table_kind": N_(
        "{path} is no table that can be written; end it in .csv, .gpkg or .parquet."
    ),
    "table_exists": N_(
        "{path} exists, and may have been edited; give another name, or say "
        "--overwrite."
    ),
    "plan_columns": N_(
        "{path} needs the columns sar and optical, and at least one row."
    ),
    "plan_unknown_columns": N_(
        "{path} has columns that mean nothing here: {names:commas}; columns are "
        "options of soma register, and your own where they begin with an underscore."
    ),
    "columns_twice": N_(
        "{path} has columns of the same name: {names:commas}; leave one of each."
    ),
    "plan_written_over": N_(
        "{path} is what each run writes anew about all pairs; give the plan another "
        "name, or the archive another folder."
    ),
    "plan_empty": N_(
        "None of {sars} SAR images shows the ground of one of {opticals} optical "
        "images; check the folders, or ask for less overlap."
    ),
    "plan_made": N_("{pairs} pairs of {paired} of {sars} SAR images."),
    "no_locks": N_(
        "{path} lies on a disk that cannot lock files ({why}); choose another folder "
        "for the archive."
    ),
    "no_archive": N_("{path} holds no archive; give a folder of soma archive run."),
    "pair_ended_process": N_(
        "The program ended {attempts} times while it worked on this pair: it needs "
        "more memory, or its files break a library."
    ),
    "pair_too_slow": N_(
        "The pair took longer than {seconds:g} s and was ended; its log says where it "
        "was. Give it more with --limit and --retry."
    ),
    "result_kept": N_("What an earlier run found is kept."),
    "worker_version": N_(
        "A worker has version {own} of the program, and not {asked}; install the same "
        "one everywhere."
    ),
    "worker_ends": N_(
        "Whoever works on {name} ends before it has begun; look into the logs of the "
        "workers, and whether the program is installed there."
    ),
    "worker_fails": N_(
        "A worker cannot work ({error}: {why}); check that the same program is "
        "installed there."
    ),
    "cluster_gone": N_(
        "There was no scheduler or no worker for {seconds:.0f} s; start them, and run "
        "the same command again."
    ),
    "workers_not_started": N_(
        "No workers can be started here ({why}); check --workers and --memory, a size "
        "such as 4GB."
    ),
    "workers_gone": N_(
        "There was no worker for {seconds:.0f} s: those that are started end at once; "
        "give each more with --memory, or start fewer with --workers."
    ),
    "no_resource": N_(
        "No worker has had the resource {name} for {seconds:.0f} s; start workers with "
        "--resources {name}=1."
    ),
    "cluster_not_started": N_(
        "No workers can be started with --cluster {name} ({why}); check what Dask's "
        "configuration says of it."
    ),
    "job_lost": N_("The job {job} ended before its worker came ({why})."),
    "jobs_lost": N_(
        "{count} jobs in a row ended before their workers came, the last of them {job} "
        "({why}); check what Dask's configuration says of jobs, and that the program "
        "is installed where they run."
    ),
    "job_silent": N_("it has no log in {folder}"),
    "jobs_refused": N_("The queue takes no job now ({why}); it is asked again."),
    "workers_awaited": N_(
        "No worker has been there for {seconds:duration}; jobs may wait in their queue."
    ),
    "cluster_refused": N_("The Dask cluster cannot be reached ({why}); check it."),
    "store_unknown": N_("{url} is no place that can be read ({why}); check its name."),
    "store_failed": N_(
        "{url} cannot be reached or written ({why}); check the name and who may use it."
    ),
    "no_catalogue": N_(
        "{path} is no STAC item, collection of items or catalogue ({why})."
    ),
    "no_asset": N_(
        "{name} is left out: it has no asset {wanted!r}; its assets are {assets}."
    ),
    "stack_dates": N_("A stack has 1 to {most} dates, not {value}."),
    "stack_adjusted": N_(
        "One adjustment over {images} images of its track, {anchors} of them matched "
        "to the optical image; {agreeing} of {neighbours} matches with its neighbours "
        "in time agree."
    ),
    "stack_placed": N_(
        "It could not be matched to the optical image alone: its neighbours in time "
        "place it ({agreeing} of {neighbours} matches with them agree)."
    ),
    "stack_overruled": N_(
        "Its own match to the optical image lies {off:px} from where its neighbours in "
        "time place it ({agreeing} of {neighbours} matches with them agree), and does "
        "not count."
    ),
    "stack_no_neighbours": N_(
        "It could not be matched to a neighbour in time: nothing was adjusted."
    ),
    "stack_few_anchors": N_(
        "Fewer than two images of its track could be matched to the optical one: "
        "nothing was adjusted."
    ),
    "stack_contradiction": N_(
        "Its matches with its neighbours and the optical image contradict each other: "
        "nothing was adjusted."
    ),
    "stack_bent": N_(
        "Its transform bends more than an adjustment can follow, and stays its own."
    ),
    "archive_stopped": N_(
        "Stopped; what was done is kept in {path}, and the same command goes on."
    ),
    "archive_outlook": N_(
        "Pairs to register: {pairs}, in about {seconds:duration}; done already: "
        "{before}; broken rows: {broken}. Of {looked} looked at, {refused} would be "
        "refused."
    ),
    "outlook_stacks": N_(
        "{stacked} of the images are in {stacks} stacks; {links} matches between dates "
        "come first."
    ),
    "archive_no_stack": N_(
        "No two images are of one track and one optical ground: nothing is adjusted."
    ),
    "archive_done": N_(
        "Registered {ok}, refused {refused}, failed {failed}; done before: {before}; "
        "broken rows: {broken}."
    ),
    "archive_failed": N_(
        "Pairs that could not be worked on: {n}; the first is {name}: {first}"
    ),
    "archive_status": N_("Pairs of the archive: {n}"),
    "stack_singles": N_("Dates of stacks registered alone: {done} of {pairs}"),
    "stack_links": N_("Matches between dates of stacks: {done} of {pairs}"),
    "state_good": N_("registered well"),
    "state_fair": N_("registered fairly"),
    "state_poor": N_("registered, but look closely"),
    "state_refused": N_("refused"),
    "state_failed": N_("failed"),
    "state_broken": N_("broken rows"),
    "state_begun": N_("begun"),
    "state_left": N_("still to do"),
}
