"""From matches to a judged transform.

1. ``estimate`` is the whole: ``robust_fit`` finds the affine on which most matches
   agree (its hypotheses are of ``minimal_samples``), ``local_inliers`` those that a
   bend takes from it.
2. ``model_selection`` tries every kind of transform on ground that its fits have not
   seen (``cross_validation``); ``selection_reason`` says why one was taken.
3. ``evidence`` measures what speaks for the fit, ``expected_error`` how far it may be
   off, ``acceptance`` refuses it or not. ``figures`` are what a report says of it.

Clicked points take the same way from ``core.engine.control_points``; ``sharing`` tells
how much of them is independent. ``stack_adjustment`` fits many images at once.
"""
