#!/bin/sh
# Every method side by side, on the eyes and under the masks of the consistency measure: what
# docs/results.md reports on the neighbouring methods.
#
#   sh benchmarks/neighbours.sh RECORDS OUT [NUM_STEPS]
#
# RECORDS need landmarks: drawn faces know theirs, for photographs build_records takes
# --fit_landmarks. NUM_STEPS is 3000 unless given; the autoencoder keeps its own. Runs that are in
# OUT/runs already are not trained again. Interrupted, the same command goes on.
set -eu
records=$1
out=$2
steps=${3:-3000}
python=${PYTHON:-.venv/bin/python}
export TF_CPP_MIN_LOG_LEVEL=3

train() { # RUN, flag file, more flags
  run=$out/runs/$1 recipe=$2
  shift 2
  [ -d "$run" ] && set -- --flagfile="$run/train.flags" || set -- \
    --flagfile="flags/$recipe.flags" --records="$records" --run_dir="$run" --seed=0 "$@"
  "$python" -m exgan_tf.cli.train "$@"
}
staged="--num_steps=$steps --decay_steps=$steps --num_reconstruction_steps=$((steps * 4 / 5))"
searching="--num_steps=$steps --validate_every=$steps"
train autoencoder cpu_autoencoder
train baseline cpu_baseline $staged
train reference cpu_reference $staged
train code cpu_code --autoencoder="$out/runs/autoencoder" $staged
train pix2pix cpu_pix2pix $staged
train pix2pix_without_attention cpu_pix2pix --noattention $staged
train keypoint cpu_keypoint $searching
train unguided cpu_keypoint --noguided $searching

models=
for name in baseline reference code pix2pix pix2pix_without_attention keypoint unguided; do
  models=$models,$name=$out/runs/$name
done
"$python" -m exgan_tf.cli.evaluate --records="$records" --split=test --models="${models#,}" \
  --output_dir="$out/evaluation" --inception=
"$python" -m exgan_tf.cli.consistency --records="$records" --split=test --num_images=32 \
  --models="${models#,}" --output_dir="$out/consistency"
"$python" -m exgan_tf.cli.report --evaluation="$out/evaluation" --overwrite \
  --runs="$out/runs/baseline,$out/runs/reference,$out/runs/code,$out/runs/pix2pix,$out/runs/pix2pix_without_attention,$out/runs/keypoint,$out/runs/unguided" \
  --output="$out/report.html"
