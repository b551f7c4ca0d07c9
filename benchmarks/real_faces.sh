#!/bin/sh
# Does an exemplar help on real faces? Everything that docs/results.md reports, from two raw data sets.
#
#   sh benchmarks/real_faces.sh FACES OUT
#
# FACES/lfw and FACES/london are in the raw layout; people in FACES/blink_pairs (NAME_open.jpg,
# NAME_closed.jpg), if there is such a folder, are tested on and never trained on. About two hours on
# two cores. Interrupted, the same command goes on.
set -eu
faces=$1
out=$2
python=${PYTHON:-.venv/bin/python}
export TF_CPP_MIN_LOG_LEVEL=3

pairs=$(ls "$faces/blink_pairs" 2>/dev/null | sed -n 's/_open\.jpg$//p' | paste -sd, -)
for data in lfw london; do
  "$python" tools/align_celeb_id.py --input_dir="$faces/$data" --output_dir="$out/$data/aligned"
done
"$python" tools/build_records.py --input_dir="$out/lfw/aligned" --output_dir="$out/lfw/records" \
  --image_size=128 --test_fraction=0.1 --validation_fraction=0.05 --test_identities="$pairs" --seed=2026
"$python" tools/build_records.py --input_dir="$out/london/aligned" \
  --output_dir="$out/london/records" --image_size=128 --test_fraction=1 --validation_fraction=0 --seed=0

train() { # RUN, flag file, more flags
  run=$out/runs/$1 recipe=$2
  shift 2
  "$python" -m exgan_tf.cli.train --flagfile="flags/cpu_$recipe.flags" \
    --records="$out/lfw/records" --run_dir="$run" "$@"
}
train autoencoder autoencoder
for seed in 0 1 2; do
  train "baseline_$seed" baseline --seed=$seed
  train "reference_$seed" reference --seed=$seed
  train "code_$seed" code --seed=$seed --autoencoder="$out/runs/autoencoder"
done
train aligned_0 reference --seed=0 --align_reference
train spectral_0 reference --seed=0 --spectral_normalization

for data in lfw london; do
  for seed in 0 1 2; do
    more="--untrained=none"
    models=baseline=$out/runs/baseline_$seed,reference=$out/runs/reference_$seed,code=$out/runs/code_$seed
    if [ $seed = 0 ]; then
      more="--controls=stranger,zeroed"
      models=$models,aligned=$out/runs/aligned_0,spectral=$out/runs/spectral_0
    fi
    "$python" -m exgan_tf.cli.evaluate --records="$out/$data/records" --split=test \
      --models="$models" --output_dir="$out/evaluation/${data}_$seed" --inception= $more
  done
done
