"""How a study's networks were built and trained, in words."""

from segrepro.losses import loss_info
from segrepro.networks.registry import COMBINED
from segrepro.report.methods.sources import SHORT, Sources, alike, names_of, said_of
from segrepro.report.page.runs import TrainedRun
from segrepro.training.augmentation import Augmentation
from segrepro.training.recipe import Recipe
from segrepro.training.settings import Settings as TrainingSettings

OPTIMISERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}


def network(sources: Sources) -> str:
    """The networks with their parameters, at full width and as they ran."""
    names = names_of(sources.methods)
    return f"Methods: {', '.join(f'{names[run.name]} ({_size(sources, run)})' for run in sources.methods)}."


def _size(sources: Sources, run: TrainedRun) -> str:
    if run not in sources.trained:
        return "no network that learns by gradient"
    counts = sources.card(run)["parameters"]
    full = f"{counts['at_full_width']:,} parameters at full width, " if counts["at_full_width"] else ""
    return f"network {run.network}, {full}{counts['total']:,} as run"


def initialisation(sources: Sources) -> str:
    """What the weights were before training."""
    labels = {run.experiment: run.label for run in sources.runs}
    found = alike(sources.trained, lambda run: _initial(sources.training(run), labels))
    return f"Initial weights: {said_of(found)}" if found else ""


def _initial(settings: TrainingSettings, labels: dict[str, str]) -> str:
    scheme = settings.recipe.initialisation
    texts = ["PyTorch's own" if scheme == "default" else scheme.replace("_", " ")]
    if settings.pretrained_sha256:
        texts.append(f"pretrained trunk (SHA-256 {settings.pretrained_sha256[:SHORT]})")
    if settings.init_from:
        texts.append(f"begins with the trained {labels.get(settings.init_from, settings.init_from)}")
    return ", ".join(texts)


def training(sources: Sources) -> str:
    """Optimiser, schedule, length, batch, loss, augmentation, precision and seeds."""
    said = said_of(alike(sources.trained, lambda run: recipe_text(sources.training(run))))
    return f"{said} {_seeds(sources)}"


def _seeds(sources: Sources) -> str:
    seeds = {
        run.method: sorted(one.seed for one in sources.runs if one.method == run.method) for run in sources.methods
    }
    found = alike(sources.methods, lambda run: _seed_text(seeds[run.method]))
    return said_of(found)


def _seed_text(seeds: list[int]) -> str:
    """From which seeds a method was trained.

    >>> _seed_text([0]), _seed_text([0, 1, 2])
    ('trained once, from seed 0', 'trained 3 times, from seeds 0, 1, 2')
    """
    if len(seeds) == 1:
        return f"trained once, from seed {seeds[0]}"
    return f"trained {len(seeds)} times, from seeds {', '.join(map(str, seeds))}"


def recipe_text(settings: TrainingSettings) -> str:
    """A training's recipe and loss in words."""
    recipe = settings.recipe
    texts = [f"trained by {_optimiser(recipe)}", _length(recipe), f"batches of {recipe.batch_size}", _loss(settings)]
    if recipe.l2_convolutions:
        texts.append(f"{recipe.l2_convolutions:g} times the squared kernels added to it")
    if recipe.clip_gradients:
        texts.append(f"gradients shortened to norm {recipe.clip_gradients:g}")
    if recipe.early_stopping:
        texts.append(f"stopped after {_epochs(recipe.early_stopping)} without a better validation {_monitored(recipe)}")
    return ", ".join([*texts, augmentation_text(recipe.augmentation), recipe.precision])


def _optimiser(recipe: Recipe) -> str:
    one = recipe.optimiser
    texts = [f"learning rate {one.lr:g}"]
    if one.momentum:
        texts.append(f"{'Nesterov ' if one.nesterov else ''}momentum {one.momentum:g}")
    if one.weight_decay:
        texts.append(f"weight decay {one.weight_decay:g}")
    return f"{OPTIMISERS[one.name]} ({', '.join([*texts, _schedule(recipe)])})"


def _schedule(recipe: Recipe) -> str:
    """How the learning rate falls."""
    one = recipe.schedule
    if recipe.phases:
        return f"phases {', '.join(f'{phase.lr:g} for {phase.length}' for phase in recipe.phases)}"
    words = {
        "constant": "constant",
        "plateau": f"times {one.factor:g} after {_epochs(one.patience + 1)} without a gain of {one.threshold:g}",
        "step": f"times {one.factor:g} every {_epochs(one.every)}",
        "cosine": "falling to 0 as half a cosine",
        "polynomial": f"falling to 0 with power {one.power:g}",
    }
    return words[one.name] + (f" after {_epochs(one.warm_up)} of rise" if one.warm_up else "")


def _epochs(number: int) -> str:
    return "1 epoch" if number == 1 else f"{number} epochs"


def _length(recipe: Recipe) -> str:
    if recipe.epochs is not None:
        return _epochs(recipe.epochs) + (" at most" if recipe.early_stopping else "")
    return f"{recipe.iterations:,} iterations, validated every {recipe.validate_every:,}"


def _loss(settings: TrainingSettings) -> str:
    told = [loss_info(settings.loss).paper, *map(_option, (settings.loss_options | settings.task_options).items())]
    inside = ", ".join(filter(None, told))
    return f"loss {settings.loss}{f' ({inside})' if inside else ''}"


def _option(option: tuple[str, object]) -> str:
    return f"{option[0].replace('_', ' ')} {option[1]}"


def _monitored(recipe: Recipe) -> str:
    return recipe.monitor.replace("_", " ")


def augmentation_text(settings: Augmentation | None) -> str:
    """What was done to training slices, each setting that is not at rest.

    >>> augmentation_text(Augmentation(flip_left_right=0.5, scale=(0.9, 1.1)))
    'augmentation: flip left right 0.5, scale 0.9 to 1.1'
    >>> augmentation_text(None)
    'no augmentation'
    """
    at_rest = Augmentation()
    chosen = [(key.replace("_", " "), value) for key, value in settings or at_rest if value != getattr(at_rest, key)]
    told = [
        f"{key} {f'{value[0]:g} to {value[1]:g}' if isinstance(value, tuple) else f'{value:g}'}"
        for key, value in chosen
    ]
    return f"augmentation: {', '.join(told)}" if told else "no augmentation"


def selection(sources: Sources) -> str:
    """Which weights of a training were scored."""
    return said_of(alike(sources.trained, lambda run: _selected(sources.training(run))))


def _selected(settings: TrainingSettings) -> str:
    if settings.checkpoint == "last":
        return "the weights of the last epoch were scored"
    part = "the scored part itself" if settings.protocol == "published" else "the validation part"
    return f"the weights of the epoch with the best {_monitored(settings.recipe)} of {part} were scored"


def ensembling(sources: Sources) -> str:
    """Which rows are made of several trained models."""
    combined = [run for run in sources.methods if sources.training(run).network == COMBINED]
    told = [f"{run.label} is made of {', '.join(sources.training(run).options['from'])}" for run in combined]
    return f"{'; '.join(told)}." if told else "No models were combined."
