"""Where gradients go: to what a task trains, and nowhere else."""

import copy

import pytest
import torch


def changed(before: dict, module: torch.nn.Module) -> set[str]:
    return {name for name, value in module.state_dict().items() if not torch.equal(value, before[name])}


def step(task, module: torch.nn.Module, batch) -> set[str]:
    """Names of the parameters and buffers of a module that a training step changes."""
    before = copy.deepcopy(module.state_dict())
    task.train_step(batch)
    return changed(before, module)


def parameters(module: torch.nn.Module) -> set[str]:
    return {name for name, _ in module.named_parameters()}


def gradients(task, loss: torch.Tensor) -> dict[str, float]:
    """Largest absolute gradient of each part of network and helper."""
    loss.backward()
    modules = dict(task.network.named_children()) | dict(task.helper.named_children())
    modules |= dict(modules.pop("synthesis").named_children()) if "synthesis" in modules else {}
    return {
        name: max((float(p.grad.abs().max()) for p in module.parameters() if p.grad is not None), default=0.0)
        for name, module in modules.items()
    }


@pytest.mark.parametrize("name", ["synthesis", "pseudo_dwi"])
@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_one_step_trains_every_part(name, beta, make, draw):
    task = make(name, beta=beta)
    task.set_training(False)  # running statistics do not cancel the gradient of the biases before them
    batch = draw()
    found = gradients(task, task.loss_of(task.output(batch), batch))
    assert all(value > 0 for value in found.values()), found
    assert {"extractor", "generator", "context_encoder"} <= set(found)


@pytest.mark.parametrize("name", ["synthesis", "pseudo_dwi"])
def test_a_frozen_context_encoder_stays_and_passes_the_gradient_on(name, make, draw):
    task = make(name, frozen_context_encoder=True)
    assert parameters(task.helper) & step(task, task.helper, draw()) == set()
    assert parameters(task.network) - step(task, task.network, draw()) == set()
    free = make(name)
    assert parameters(free.helper) <= step(free, free.helper, draw())
    target, weights = torch.rand(2, 1, 32, 32), None
    image = torch.rand(2, 1, 32, 32, requires_grad=True)
    pixels, context = image.detach().requires_grad_(), task.helper(image, target, weights)
    context.backward()
    ((pixels - target) ** 2).mean().backward()
    assert not torch.allclose(image.grad, pixels.grad)


def test_without_explicit_supervision_the_extractor_learns_through_the_generator_only(make, draw):
    batch, found = draw(), {}
    for beta in (0.0, 1.0):
        task = make("synthesis", beta=beta, loss="l2")
        task.set_training(False)
        for parameter in task.network.generator.parameters():
            torch.nn.init.zeros_(parameter)  # nothing passes
        parts = task.output(batch)
        found[beta] = gradients(task, task.loss_of(parts, batch))
    assert found[0.0]["extractor"] == 0
    assert found[1.0]["extractor"] > 0


def test_the_segmentation_teaches_the_synthesis_end_to_end(make, draw):
    task, batch = make("pseudo_dwi", alpha=0.0, beta=0.0), draw()
    task.set_training(False)
    found = gradients(task, task.loss_of(task.output(batch), batch))
    assert all(found[part] > 0 for part in ("segmenter", "generator", "extractor"))
    assert found["context_encoder"] == 0


def test_two_steps_leave_the_synthesis_as_it_was_trained(make, draw):
    task = make("two_step")
    synthesis = copy.deepcopy(task.network.synthesis.state_dict())
    assert step(task, task.network.synthesis, draw()) == set()
    task.validate([draw(seed=1)], 2)
    assert step(task, task.network.segmenter, draw(seed=1)) >= {"head.weight", "encoder.0.0.0.weight"}
    assert changed(synthesis, task.network.synthesis) == set()
    whole = make("pseudo_dwi")
    assert step(whole, whole.network.synthesis, draw()) >= parameters(whole.network.synthesis)


def test_each_adversary_is_changed_by_its_own_loss_only(make, draw):
    task, batch = make("adversarial"), draw()
    steps = {}
    for who in ("generator", "discriminator"):
        optimisation = getattr(task.optimisation, who)

        def watched(loss, who=who, original=optimisation.minimise):
            before = [copy.deepcopy(module.state_dict()) for module in (task.network, task.helper)]
            value = original(loss)
            steps[who] = [changed(b, m) for b, m in zip(before, (task.network, task.helper))]
            return value

        optimisation.minimise = watched
    task.train_step(batch)
    assert list(steps) == ["discriminator", "generator"]
    assert steps["discriminator"][0] == set()
    assert steps["generator"][1] == set()
    assert steps["generator"][0] >= parameters(task.network)
    assert steps["discriminator"][1] >= {n for n in parameters(task.helper) if n.endswith("weight")}
    assert all(p.requires_grad for p in task.helper.parameters())
