#!/bin/sh
# Every method side by side, on the eyes and under the masks of the consistency measure: what
# docs/neighbours.md reports.
#
#   sh benchmarks/neighbours.sh RECORDS OUT [NUM_STEPS]
#
# RECORDS need landmarks: drawn faces know theirs, for photographs build_records takes
# --fit_landmarks. NUM_STEPS is 3000 unless given; the autoencoder keeps its own. Interrupted, the
# same command goes on; another NUM_STEPS needs another OUT.
set -eu
records=$1
out=$2
steps=${3:-3000}
python=${PYTHON:-.venv/bin/python}
export TF_CPP_MIN_LOG_LEVEL=3

train() { # RUN, flag file, more flags
  run=$1 recipe=$2
  shift 2
  "$python" -m exgan_tf.cli.train --flagfile="flags/$recipe.flags" --records="$records" \
    --run_dir="$out/runs/$run" --seed=0 "$@"
}
train_in_stages() {
  train "$@" --num_steps="$steps" --decay_steps="$steps" \
    --num_reconstruction_steps=$((steps * 4 / 5))
}
train autoencoder cpu_autoencoder
train_in_stages baseline cpu_baseline
train_in_stages reference cpu_reference
train_in_stages code cpu_code --autoencoder="$out/runs/autoencoder"
train_in_stages pix2pix_without_attention cpu_pix2pix --noattention
train_in_stages pix2pix cpu_pix2pix
train unguided cpu_keypoint --noguided --num_steps="$steps" --validate_every="$steps"
train keypoint cpu_keypoint --num_steps="$steps" --validate_every="$steps"

models= runs=
for name in baseline reference code pix2pix_without_attention pix2pix unguided keypoint; do
  models=$models,$name=$out/runs/$name
  runs=$runs,$out/runs/$name
done
"$python" -m exgan_tf.cli.evaluate --records="$records" --split=test --models="${models#,}" \
  --output_dir="$out/evaluation" --inception=
"$python" -m exgan_tf.cli.consistency --records="$records" --split=test --num_images=16 \
  --models="${models#,}" --output_dir="$out/consistency"
"$python" -m exgan_tf.cli.report --evaluation="$out/evaluation" --runs="${runs#,}" \
  --output="$out/report.html" --overwrite
