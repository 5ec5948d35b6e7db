"""The network, in the order of the paper (Wang et al. 2025, arXiv 2511.13168).

1. ``soma``: the whole, from two images to an affine and a flow.
2. ``encoder``: one feature pyramid per modality, enhanced at strides 2, 4 and 8 by
3. ``fge``, the Feature Gradient Enhancer: reconstruction, gradients in many
   directions, attention, fusion over scales.
4. GLAM, the Global-Local Affine-Flow Matcher: ``glam_global`` places one image on the
   other, ``glam_local`` refines affine and flow; ``template_matching`` says how well
   windows agree and ``surface_fit`` on which affine.

What the paper does not have: ``hand_made`` descriptors beside the learned ones;
``ground_head`` and ``joint_head``, which tell bare ground from what leans over it.

What all of these stand on: ``geometry`` (positions, affines, sampling), ``layers``, and
its correlation on a CPU and on CUDA. Numpy, tiles and devices are not known here; see
``models.matcher``.
"""
