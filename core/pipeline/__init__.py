"""The method in order: preflight, coarse to fine, register, assess.

1. ``preflight`` says what a job would take, before anything is read; ``duration`` how
   long.
2. ``register`` is the whole, from a job to its files; ``match`` gives the answer alone,
   ``place`` writes the files for a transform that was found elsewhere.
3. ``attempts`` tries a pair as it is placed, and as it else may be: ``coarse_to_fine``
   matches and fits one, from ``levels`` (the overview, and the way down from it) to
   tiles, as many as ``tiles_by_need`` asks for; ``tile_matches`` matches some of them.
4. What is said of the outcome: ``assess`` (how images lie now), ``movement`` (what a
   registration moves), ``doubts`` and ``mirrored`` (what may be the matter).

``cascade`` is a matcher that asks another one about tiles that it leaves unsure.
"""
