#!/bin/sh
# Does an exemplar help on real faces? Everything that docs/results.md reports on that, from two raw
# data sets.
#
#   sh benchmarks/real_faces.sh FACES OUT
#
# FACES/lfw and FACES/london are in the raw layout; people in FACES/blink_pairs (NAME_open.jpg,
# NAME_closed.jpg), if there is such a folder, are tested on and never trained on. An estimated four
# hours on two cores. Interrupted, the same command goes on.
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
  --image_size=128 --test_fraction=0.1 --validation_fraction=0.05 --test_identities="$pairs" \
  --seed=2026 --fit_landmarks
"$python" tools/build_records.py --input_dir="$out/london/aligned" \
  --output_dir="$out/london/records" --image_size=128 --test_fraction=1 --validation_fraction=0 \
  --seed=0 --fit_landmarks

train() { # RUN, flag file, more flags
  run=$out/runs/$1 recipe=$2
  shift 2
  "$python" -m exgan_tf.cli.train --flagfile="flags/$recipe.flags" --records="$out/lfw/records" \
    --run_dir="$run" "$@"
}
train_code() { # RUN, more flags
  run=$1
  shift
  train "$run" cpu_code --autoencoder="$out/runs/autoencoder" "$@"
}
go_on() { # RUN, and all that trains it on
  first=$1
  shift
  "$@" --initial_run="$out/runs/$first" --num_steps=4500 --decay_steps=4500 \
    --num_reconstruction_steps=4000 --validate_every=500 --sample_every=4500
}
train autoencoder cpu_autoencoder
if [ ! -d "$out/runs/reconstruction_0" ]; then
  # The very run of seed 0, before the discriminator comes in.
  train reference_0 cpu_reference --seed=0 --num_steps=2400
  rm -rf "$out/runs/reconstruction_0.partial"
  cp -r "$out/runs/reference_0" "$out/runs/reconstruction_0.partial"
  mv "$out/runs/reconstruction_0.partial" "$out/runs/reconstruction_0"
fi
for seed in 0 1 2; do
  train "baseline_$seed" cpu_baseline --seed=$seed
  train "reference_$seed" cpu_reference --seed=$seed
  train_code "code_$seed" --seed=$seed
done
# Each goes on from there, at the first learning rate again.
for seed in 0 1 2; do
  for model in baseline reference; do
    go_on "${model}_$seed" train "longer_${model}_$seed" "cpu_$model" --seed=$seed
  done
  go_on "code_$seed" train_code "longer_code_$seed" --seed=$seed
done
# A discriminator whose kernels keep a spectral norm of 1.
train spectral_reference_0 cpu_reference --seed=0 --spectral_normalization
# As the paper has it: the exemplar as it comes.
train plain_reference_0 cpu_reference --seed=0 --noalign_reference --nomatch_reference
train_code plain_code_0 --seed=0 --nomatch_reference
# The model that comes with the package: larger images, and then a strong discriminator.
train larger cpu_reference_128 --seed=0 --initial_run="$out/runs/reference_0"
train sharper cpu_reference_128 --seed=0 --initial_run="$out/runs/larger" --adversarial_weight=0.1 \
  --num_reconstruction_steps=0 --num_discriminator_steps=100 --num_steps=1200 --decay_steps=1200
"$python" -m exgan_tf.cli.export --run_dir="$out/runs/sharper" \
  --output_dir="$out/pretrained" --compact --checkpoint=latest

evaluate() { # NAME, DATA, runs separated by blanks, more flags
  name=$1 data=$2 models=
  for run in $3; do
    method=${run%_[0-9]}
    models=$models,${method#longer_}=$out/runs/$run
  done
  shift 3
  "$python" -m exgan_tf.cli.evaluate --records="$out/$data/records" --split=test \
    --models="${models#,}" --output_dir="$out/evaluation/$name" --inception= "$@"
}
for data in lfw london; do
  evaluate "${data}_0" $data "baseline_0 reference_0 code_0" --controls=stranger,zeroed
  for seed in 1 2; do
    evaluate "${data}_$seed" $data "baseline_$seed reference_$seed code_$seed" --untrained=none
  done
  evaluate "${data}_longer_0" $data "longer_baseline_0 longer_reference_0 longer_code_0" \
    --controls=stranger,zeroed
  for seed in 1 2; do
    evaluate "${data}_longer_$seed" $data \
      "longer_baseline_$seed longer_reference_$seed longer_code_$seed" --untrained=none
  done
  evaluate "${data}_switches" $data \
    "baseline_0 reference_0 code_0 plain_reference_0 plain_code_0 reconstruction_0" \
    --untrained=none
  evaluate "${data}_spectral" $data "reference_0 spectral_reference_0" --untrained=none \
    --checkpoint=latest
  "$python" -m exgan_tf.cli.evaluate --records="$out/$data/records" --split=test \
    --models="pretrained=$out/pretrained" --untrained=transplant --controls=stranger \
    --output_dir="$out/evaluation/${data}_pretrained" --inception=
done
for data in lfw london; do
  for kind in $data ${data}_longer; do
    echo "$kind, all seeds:"
    folder=$out/evaluation/$kind
    "$python" -m benchmarks.pool_seeds --evaluations="${folder}_0,${folder}_1,${folder}_2"
  done
done
if [ -n "$pairs" ]; then
  for filled in --model="$out/pretrained" --method=transplant; do
    "$python" -m benchmarks.blink_pairs --pairs="$faces/blink_pairs" "$filled"
  done
fi
