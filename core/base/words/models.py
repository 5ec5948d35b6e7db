"""What is wrong with models, weights and devices."""

from __future__ import annotations

from .marks import N_

MODELS: dict[str, str] = {
    "about_gradient": N_(
        "Quick, for any processor: good where both images show clear edges, such as "
        "roads, shores and fields."
    ),
    "about_soma": N_(
        "More exact, and finds its way on harder images (towns, speckle, few edges). "
        "Takes two to four times as long without a graphics card."
    ),
    "about_lightglue": N_(
        "LightGlue on corners that both images share, paired by attention: for "
        "comparison with soma. Needs kornia."
    ),
    "about_superglue": N_(
        "SuperGlue on corners that both images share, paired by optimal transport: for "
        "comparison with soma."
    ),
    "about_loftr": N_(
        "LoFTR: every place of both images paired by attention, without corners: for "
        "comparison with soma. Needs kornia."
    ),
    "about_osrnet": N_(
        "OSR-Net: one affine per tile, predicted at three resolutions: for comparison "
        "with soma."
    ),
    "about_installed": N_(
        "From the package {package} {version}, licence {licence}: {summary}"
    ),
    "about_installed_unlicensed": N_(
        "From the package {package} {version}, which states no licence: {summary}"
    ),
    "installed_broken": N_(
        "The model {name} of the package {package} cannot be loaded ({why}); ask who "
        "made the package, or choose another model."
    ),
    "installed_failed": N_(
        "The model {name} of the package {package} failed while it matched ({why}); "
        "ask who made the package, or choose another model."
    ),
    "gradient_has_no_weights": N_(
        "The gradient matcher has no weights; leave them out."
    ),
    "model_choice": N_("model is one of {choices}; got {value!r}."),
    "no_such_device": N_("There is no device {value} here; choose auto or cpu."),
    "model_needs": N_(
        "The model {name} needs {package}, which is not installed; install it, or"
        " choose the model gradient."
    ),
    "model_does_not_start": N_(
        "The model {name} cannot be loaded, for a package that it needs does not "
        "start here ({why}); install that again, or choose the model gradient."
    ),
    "no_weights": N_(
        "No weights for {name} were found; give a file, or put {file} into {path}."
    ),
    "weights_incomplete": N_(
        "{path} is not a complete safetensors file ({why}); get it again."
    ),
    "weights_changed": N_(
        "{path} is not the file that was published (its checksum differs); get it "
        "again, or name it as weights if you trust it."
    ),
    "weights_header": N_("{path} has a damaged header ({why}); get it again."),
    "weights_not_finite": N_(
        "{path} holds values that are no numbers (in {name}); get it again."
    ),
    "weights_format": N_(
        "{path} does not fit this version of the network ({found}, not {own}); "
        "get weights that were made for it."
    ),
    "weights_other_version": N_(
        "{path} does not fit this version of the network ({why}); get weights "
        "that were made for it."
    ),
    "weights_other_encoder": N_(
        "{path} was made for other weights than {encoder}; get both of one version."
    ),
    "weights_of_something_else": N_(
        "{path} holds weights of something else than SOMA; choose a file that was"
        " exported by soma.training.export."
    ),
    "weights_of_other_model": N_(
        "{path} holds weights of the model {model}; choose that model, or other "
        "weights."
    ),
    "weights_given": N_("The weights file {path} does not exist; check the path."),
    "weights_from_variable": N_(
        "{variable}: the weights file {path} does not exist; check the path."
    ),
    "ready": N_("ready"),
    "ready_and_automatic": N_("ready, taken by auto"),
    "lacks_package": N_("needs {package}"),
}
