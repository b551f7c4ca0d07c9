"""The steps of the flow Gan and of the reference Gan in PyTorch, for `benchmarks.training_step`.

The same networks, losses and optimizers, written as PyTorch's users would: modules, `grid_sample`
for what is warped, torch.autocast for bfloat16, channels last, which its convolutions like best on
CPUs. It runs in an environment of its own, which needs nothing but torch, and is told on stdin what
to do, one JSON value a line: first a dict of "model", "image_size", "width", "batch_size",
"precision" and "threads", answered by the numbers of weights; then numbers of steps, each answered
by the processor seconds of a step, until stdin ends.
"""

import itertools
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations

_DILATIONS = (2, 4, 8, 16)
_GLCIC_JUDGE = (64, 128, 256, 512, 512, 512, 512)


def scale_channels(channels, width):
    return max(8, round(channels * width))


def convolve(inputs, outputs, kernel=3, stride=1, dilation=1):
    """Padding as TensorFlow's "same" but for its side where the stride is 2."""
    padding = dilation * (kernel - 1) // 2
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation)


def convolve_relu(*args, **settings):
    return nn.Sequential(convolve(*args, **settings), nn.ReLU())


def upsample(features):
    return functional.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)


class FieldNetwork(nn.Module):
    def __init__(self, width):
        super().__init__()
        small, middle, large = (scale_channels(each, width) for each in (32, 64, 128))
        self.start = nn.Sequential(convolve_relu(4 * 7, small), convolve_relu(small, small))
        self.down = nn.ModuleList(
            nn.Sequential(convolve_relu(a, b, stride=2), convolve_relu(b, b))
            for a, b in ((small, middle), (middle, large))
        )
        self.residual = nn.ModuleList(
            nn.Sequential(convolve_relu(large, large, dilation=d), convolve(large, large))
            for d in (1, 2, 1)
        )
        self.up = nn.ModuleList(
            nn.Sequential(convolve_relu(a + b, b), convolve_relu(b, b))
            for a, b in ((large, middle), (middle, small))
        )
        self.lights, self.rest = convolve(middle, 4), convolve(small, 6)

    def forward(self, sources, image_size):
        way_down = [self.start(functional.pixel_unshuffle(sources, 2))]
        for block in self.down:
            way_down.append(block(way_down[-1]))
        features = way_down.pop()
        for block in self.residual:
            features = features + block(features)
        features = self.up[0](torch.cat([upsample(features), way_down.pop()], 1))
        gain, bias = torch.tanh(upsample(self.lights(features)).float()).split([3, 1], 1)
        features = self.up[1](torch.cat([upsample(features), way_down.pop()], 1))
        flow, share, paint = self.rest(features).float().split([2, 1, 3], 1)
        return (
            torch.tanh(flow) * (9 / 128 * image_size),
            1 + 0.1 * gain,
            0.2 * bias,
            torch.sigmoid(share + 3),
            torch.tanh(paint),
        )


class StripDiscriminator(nn.Module):
    def __init__(self, width):
        super().__init__()
        channels = [7] + [scale_channels(each, width) for each in (48, 96, 192)]
        self.scales = nn.ModuleList()
        for _ in range(2):
            layers = [
                parametrizations.spectral_norm(convolve(a, b, kernel=4, stride=2))
                for a, b in itertools.pairwise(channels)
            ]
            layers.append(parametrizations.spectral_norm(convolve(channels[-1], 1)))
            self.scales.append(nn.ModuleList(layers))

    def forward(self, scale):
        logits, features = [], []
        for i, layers in enumerate(self.scales):
            if i:
                scale = functional.avg_pool2d(scale, 2)
            layer = scale
            for convolution in layers[:-1]:
                layer = functional.leaky_relu(convolution(layer), 0.2)
                features.append(layer)
            logits.append(layers[-1](layer).flatten(1))
        return torch.cat(logits, 1).float(), features


def masked_mean(values, mask):
    total, count = (values * mask).sum((1, 2, 3)), mask.sum((1, 2, 3)) * values.shape[1]
    return (total / count.clamp_min(1e-6)).mean()


def coarse_loss(image, completed, mask):
    image, completed, mask = (functional.avg_pool2d(each, 4) for each in (image, completed, mask))
    difference = (completed - image).abs().sum((1, 2, 3))
    return (difference / (3 * mask.sum((1, 2, 3))).clamp_min(1e-6)).mean()


def bending_loss(flow):
    down, right = flow[:, :, 1:] - flow[:, :, :-1], flow[..., 1:] - flow[..., :-1]
    across = down[..., 1:] - down[..., :-1]
    bends = (down[:, :, 1:] - down[:, :, :-1], right[..., 1:] - right[..., :-1], across)
    return sum(each.abs().mean() for each in bends)


def continue_smoothly(values, known):
    height, width = values.shape[2:]
    if height % 2 or width % 2 or min(height, width) <= 4:
        count = known.sum((2, 3), keepdim=True).clamp_min(1e-6)
        return torch.where(known > 0, values, values.sum((2, 3), keepdim=True) / count)
    count = functional.avg_pool2d(known, 2)
    coarse = functional.avg_pool2d(values, 2) / count.clamp_min(1e-6)
    filled = upsample(continue_smoothly(coarse, (count > 0).float()))
    for _ in range(4):
        padded = functional.pad(torch.where(known > 0, values, filled), [1] * 4, mode="replicate")
        filled = (
            padded[:, :, :-2, 1:-1]
            + padded[:, :, 2:, 1:-1]
            + padded[:, :, 1:-1, :-2]
            + padded[:, :, 1:-1, 2:]
        ) / 4
    return torch.where(known > 0, values, filled)


class Flow:
    """The flow Gan of flags/cpu_flow_adversarial.flags."""

    def __init__(self, image_size, width, batch):
        self.generator, self.discriminator = FieldNetwork(width), StripDiscriminator(width)
        self._size, self._strip = image_size, (image_size // 2, image_size * 3 // 4)
        # Both faces lie as aligned: as far as time goes any other place would do.
        places = torch.ones(batch, 2, 3) * torch.tensor([[0.75, 0.01, 0.0], [0.01, 0.5, -0.1]])
        self._places = functional.affine_grid(places, [batch, 3, *self._strip], align_corners=False)

    def generate(self, example):
        image, mask, reference = (example[key] for key in ("image", "mask", "reference"))
        settings = {"align_corners": False, "padding_mode": "border"}
        sampled = functional.grid_sample(
            torch.cat([image * (1 - mask), mask], 1), self._places, **settings
        )
        mask = (sampled[:, 3:] > 0).float()
        strip = sampled[:, :3] * (1 - mask)
        side = 2 * round(3 / 64 * self._size) + 1
        looked_at = functional.grid_sample(reference, self._places, **settings)
        ring = functional.max_pool2d(mask, side, 1, side // 2) * (1 - mask)
        ours, theirs = (
            ((each + 1) * ring).sum((2, 3), keepdim=True) for each in (strip, looked_at)
        )
        gain = (ours / theirs.clamp_min(1e-3)).clamp(0.1, 2.5)
        looked_at = ((looked_at + 1) * gain - 1).clamp(-1, 1)
        fields = self.generator(torch.cat([strip, mask, looked_at], 1), self._size)
        flow, light, bias, share, paint = map(upsample, fields)
        sources = self._places + flow.permute(0, 2, 3, 1) * (2 / self._size)
        moved = functional.grid_sample(reference, sources, mode="bicubic", **settings)
        moved = ((moved + 1) * gain) * light - 1 + bias
        filled = paint + share * (moved - paint)
        hole = functional.max_pool2d(mask, 2)
        edge = functional.max_pool2d(hole, 3, 1, 1) * (1 - hole)
        lacking = torch.where(edge > 0, functional.avg_pool2d(strip - filled, 2), 0.0)
        lacking = upsample(continue_smoothly(lacking, edge))
        moved, filled = moved + lacking, filled + lacking
        truth = functional.grid_sample(image, self._places, mode="bicubic", **settings)
        completed = torch.where(mask > 0, filled, truth)
        return truth, completed, mask, looked_at, moved, paint + lacking, share, fields[0]

    def losses(self, generated, example):
        truth, completed, mask, looked_at, moved, paint, share, flow = generated
        pairs = torch.cat(
            [torch.cat([each, mask, looked_at], 1) for each in (truth, completed)]
        ).contiguous(memory_format=torch.channels_last)
        logits, features = self.discriminator(pairs)
        real, fake = logits.chunk(2)
        matching = sum(
            (b.float() - a.float().detach()).abs().mean()
            for a, b in (each.chunk(2) for each in features)
        ) / len(features)
        moved, painted, filled = (
            masked_mean((each - truth).abs(), mask) for each in (moved, paint, completed)
        )
        total = 0.4 * filled + 0.7 * coarse_loss(truth, completed, mask) - 0.05 * fake.mean()
        total = total + 0.6 * matching + 0.08 * masked_mean(1 - share, mask)
        total = total + 0.1 * (moved + painted) + 0.1 * bending_loss(flow)
        return total, functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()


class CompletionNetwork(nn.Module):
    def __init__(self, width, *, reference):
        super().__init__()
        a, b, c, d = (scale_channels(each, width) for each in (64, 128, 256, 32))
        inputs = 7 if reference else 4
        self.start = convolve_relu(inputs, a, kernel=5)
        self.down = nn.Sequential(convolve_relu(a, b, stride=2), convolve_relu(b, b))
        self.down_again = nn.Sequential(convolve_relu(b, c, stride=2), convolve_relu(c, c))
        self.middle = nn.Sequential(
            convolve_relu(c, c), *(convolve_relu(c, c, dilation=each) for each in _DILATIONS)
        )
        self.after = nn.Sequential(
            convolve_relu(2 * c, c), convolve_relu(c, c), self._upwards(c, b)
        )
        self.at_half = nn.Sequential(convolve_relu(2 * b, b), self._upwards(b, a))
        self.end = nn.Sequential(convolve_relu(2 * a + inputs, a), convolve_relu(a, d))
        self.colors, self.share = convolve(d, 3), convolve(d, 1) if reference else None

    @staticmethod
    def _upwards(inputs, outputs):
        return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), nn.ReLU())

    def forward(self, sources):
        full = self.start(sources)
        half = self.down(full)
        quarter = self.down_again(half)
        features = self.after(torch.cat([self.middle(quarter), quarter], 1))
        features = self.at_half(torch.cat([features, half], 1))
        features = self.end(torch.cat([features, full, sources], 1))
        painted = torch.tanh(self.colors(features).float())
        if self.share is None:
            return painted
        share = 0.5 + 0.5 * functional.softsign(self.share(features).float())
        return painted + share * (sources[:, 4:] - painted)


class Discriminator(nn.Module):
    def __init__(self, image_size, width, *, channels):
        super().__init__()
        self._window = image_size * 3 // 8
        self.face, self.eye = (
            self._stack(each, width, channels) for each in (image_size, self._window)
        )
        self.last = nn.Linear(3 * scale_channels(1024, width), 1)

    @staticmethod
    def _stack(size, width, inputs):
        layers = []
        count = max(1, round(torch.log2(torch.tensor(size / 4)).item()))
        for channels in _GLCIC_JUDGE[:count]:
            channels = scale_channels(channels, width)
            layers += [convolve(inputs, channels, kernel=5, stride=2), nn.LeakyReLU(0.2)]
            inputs, size = channels, (size + 1) // 2
        dense = nn.Linear(inputs * size * size, scale_channels(1024, width))
        return nn.Sequential(*layers, nn.Flatten(), dense, nn.LeakyReLU(0.2))

    def forward(self, *pictures):
        pair = torch.cat(pictures, 1)
        top, side = pair.shape[2] // 3, self._window
        eyes = [
            pair[:, :, top : top + side, left : left + side] for left in (2, pair.shape[3] // 2)
        ]
        opinion = self.eye(torch.cat(eyes)).chunk(2)
        return self.last(torch.cat([self.face(pair), *opinion], 1)).float()


class Baseline:
    """The baseline of flags/cpu_baseline.flags."""

    def __init__(self, image_size, width, batch):
        del batch
        self.generator = CompletionNetwork(width, reference=False)
        self.discriminator = Discriminator(image_size, width, channels=3)

    def generate(self, example):
        image, mask = example["image"], example["mask"]
        painted = self.generator(torch.cat([image * (1 - mask), mask], 1))
        return [torch.where(mask > 0, painted, image)]

    def losses(self, generated, example):
        completed, *exemplar = generated
        real, fake = (self.discriminator(each, *exemplar) for each in (example["image"], completed))
        reconstruction = masked_mean((completed - example["image"]).abs(), example["mask"])
        total = reconstruction + 0.005 * functional.softplus(-fake).mean()
        return total, functional.softplus(-real).mean() + functional.softplus(fake).mean()


class Reference(Baseline):
    """The reference Gan of flags/cpu_reference.flags."""

    def __init__(self, image_size, width, batch):
        self.generator = CompletionNetwork(width, reference=True)
        self.discriminator = Discriminator(image_size, width, channels=6)
        places = torch.tensor([[1.0, 0.02, 0.01], [-0.02, 1.0, 0.01]]).repeat(batch, 1, 1)
        size = [batch, 3, image_size, image_size]
        self._places = functional.affine_grid(places, size, align_corners=False)

    def generate(self, example):
        image, mask = example["image"], example["mask"]
        reference = functional.grid_sample(
            example["reference"], self._places, align_corners=False, padding_mode="border"
        )
        edge = functional.max_pool2d(mask, 3, 1, 1) * (1 - mask)
        lacking = torch.where(edge > 0, image - reference, 0.0)
        reference = reference + mask * continue_smoothly(lacking, edge)
        painted = self.generator(torch.cat([image * (1 - mask), mask, reference], 1))
        return torch.where(mask > 0, painted, image), reference


MODELS = {"flow": Flow, "baseline": Baseline, "reference": Reference}


class Training:
    """A Gan with its optimizers and the moving average of its generator."""

    def __init__(self, *, model, image_size, width, batch_size, precision):
        torch.manual_seed(0)
        self.gan = MODELS[model](image_size, width, batch_size)
        self._networks = [self.gan.generator, self.gan.discriminator]
        for network in self._networks:
            network.to(memory_format=torch.channels_last)
        self.weights = [list(network.parameters()) for network in self._networks]
        self._optimizers = [
            torch.optim.Adam(each, 2e-4, betas=(0.5, 0.999), foreach=True) for each in self.weights
        ]
        self._average = [each.detach().clone() for each in self.weights[0]]
        self._precision = precision
        shape = [batch_size, 3, image_size, image_size]
        self._example = {key: torch.rand(shape) * 2 - 1 for key in ("image", "reference")}
        mask = torch.zeros(batch_size, 1, image_size, image_size)
        side = image_size // 4
        for left in (image_size // 8, image_size // 2):
            mask[:, :, image_size // 3 : image_size // 3 + side, left : left + side] = 1
        self._example["mask"] = mask
        for key, value in self._example.items():
            self._example[key] = value.contiguous(memory_format=torch.channels_last)

    def step(self):
        """One adversarial step; both networks take their gradients of the same pass."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self._precision == "bfloat16"):
            generated = self.gan.generate(self._example)
            losses = self.gan.losses(generated, self._example)
        gradients = [
            torch.autograd.grad(loss, weights, retain_graph=loss is losses[0])
            for loss, weights in zip(losses, self.weights, strict=True)
        ]
        for weights, values, optimizer in zip(
            self.weights, gradients, self._optimizers, strict=True
        ):
            for weight, gradient in zip(weights, values, strict=True):
                weight.grad = gradient
            nn.utils.clip_grad_norm_(weights, 10.0, foreach=True)
            optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self._average, self.weights[0], 0.001)
        return losses[0].item()


def main():
    task = json.loads(sys.stdin.readline())
    torch.set_num_threads(task.pop("threads"))
    training = Training(**task)
    print(json.dumps([sum(map(torch.numel, each)) for each in training.weights]), flush=True)
    for line in sys.stdin:
        steps = int(line)
        start = time.process_time()
        for _ in range(steps):
            training.step()
        print((time.process_time() - start) / steps, flush=True)


if __name__ == "__main__":
    main()
