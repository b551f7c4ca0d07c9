#!/bin/sh
# A model like the one that comes with the package, and what it makes of people who blinked.
#
#   sh benchmarks/pretrained.sh FACES OUT
#
# OUT/records is there after benchmarks/real_faces.sh FACES OUT. Hours on two cores; interrupted,
# the same command goes on.
set -eu
faces=$1
out=$2
python=${PYTHON:-.venv/bin/python}
export TF_CPP_MIN_LOG_LEVEL=3

train() { # RUN, flag file, more flags
  run=$out/runs/$1 recipe=$2
  shift 2
  "$python" -m exgan_tf.cli.train --flagfile="flags/$recipe.flags" --records="$out/records" \
    --run_dir="$run" --seed=0 "$@"
}
train pretrained_reconstruction cpu_flow
train pretrained cpu_flow_adversarial --initial_run="$out/runs/pretrained_reconstruction" \
  --num_steps=36000 --decay_steps=36000
"$python" -m exgan_tf.cli.export --run_dir="$out/runs/pretrained" --output_dir="$out/pretrained" \
  --compact
for folder in blink_pairs portrait_pairs; do
  for filled in --model="$out/pretrained" --method=transplant; do
    "$python" -m benchmarks.blink_pairs --pairs="$faces/$folder" "$filled"
  done
done
