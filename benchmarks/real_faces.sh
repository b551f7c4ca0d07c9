#!/bin/sh
# Eyes of people whom nobody trained on: the tables of docs/results.md by the recipes as they stand,
# and a model like the one that comes with the package.
#
#   sh benchmarks/real_faces.sh FACES OUT [SEED ...]
#
# FACES/lfw, FACES/portraits and FACES/london are in the raw layout; people in FACES/blink_pairs and
# FACES/portrait_pairs (NAME_open.jpg, NAME_closed.jpg) are tested on and never trained on. Two hours
# a seed on two cores; without SEED, seed 0 alone. Interrupted, the same command goes on.
set -eu
faces=$1
out=$2
shift 2
python=${PYTHON:-.venv/bin/python}
export TF_CPP_MIN_LOG_LEVEL=3

pairs() { ls "$faces/$1" | sed -n 's/_open\.jpg$//p' | paste -sd, -; }
align() { "$python" tools/align_celeb_id.py --input_dir="$1" --output_dir="$2"; }
build() { # INPUT, OUTPUT, more flags
  input=$1 output=$2
  shift 2
  "$python" tools/build_records.py --input_dir="$input" --output_dir="$output" --image_size=128 "$@"
}

# Each data set by itself says whom to test on.
for data in lfw portraits london; do
  align "$faces/$data" "$out/$data/aligned"
done
build "$out/lfw/aligned" "$out/lfw/records" --test_fraction=0.1 --validation_fraction=0.05 \
  --seed=2026 --test_identities="$(pairs blink_pairs)"
build "$out/portraits/aligned" "$out/portraits/records" --test_fraction=0.1 \
  --validation_fraction=0.05 --seed=2026 --test_identities="$(pairs portrait_pairs)"
build "$out/london/aligned" "$out/london/records" --test_fraction=1 --validation_fraction=0 --seed=0

# Both together are trained on. Nine people appear in both.
same=person_014=ben_affleck,person_015=bill_gates,person_028=dwayne_johnson
same=$same,person_039=gwyneth_paltrow,person_051=johnny_depp,person_055=keanu_reeves
same=$same,person_058=leonardo_dicaprio,person_075=morgan_freeman,person_086=robert_de_niro
held_out=$("$python" -m benchmarks.held_out --same="$same" \
  --records="$out/lfw/records,$out/portraits/records")
mkdir -p "$out/raw/celeb_id_raw"
for data in lfw portraits; do
  find "$(cd "$faces/$data" && pwd)/celeb_id_raw" -type f -exec ln -sf -t "$out/raw/celeb_id_raw" {} +
done
"$python" -c 'import json, sys
print(json.dumps({k: v for name in sys.argv[1:] for k, v in json.load(open(name)).items()}))' \
  "$faces/lfw/celeb_params.json" "$faces/portraits/celeb_params.json" > "$out/raw/celeb_params.json"
align "$out/raw" "$out/aligned"
build "$out/aligned" "$out/records" --test_fraction=0 --validation_fraction=0.03 --seed=2027 \
  --test_identities="$held_out"

train() { # RUN, flag file, more flags
  run=$out/runs/$1 recipe=$2
  shift 2
  "$python" -m exgan_tf.cli.train --flagfile="flags/$recipe.flags" --records="$out/records" \
    --run_dir="$run" "$@"
}
for seed in "${@:-0}"; do
  train "reconstruction_$seed" cpu_flow --seed="$seed"
  train "flow_$seed" cpu_flow_adversarial --seed="$seed" \
    --initial_run="$out/runs/reconstruction_$seed"
  # Its own baseline: the same network and training without an exemplar.
  train "reconstruction_baseline_$seed" cpu_flow --seed="$seed" --noexemplar
  train "flow_baseline_$seed" cpu_flow_adversarial --seed="$seed" --noexemplar \
    --initial_run="$out/runs/reconstruction_baseline_$seed"
  for data in lfw portraits london; do
    "$python" -m exgan_tf.cli.evaluate --records="$out/$data/records" --untrained=transplant \
      --models="flow_baseline=$out/runs/flow_baseline_$seed,flow=$out/runs/flow_$seed" \
      --controls=stranger --inception= --output_dir="$out/evaluation/${data}_$seed"
  done
done

# A model like the one that comes with the package, which was trained longer (docs/results.md).
"$python" -m exgan_tf.cli.export --run_dir="$out/runs/flow_0" --output_dir="$out/pretrained" --compact
for folder in blink_pairs portrait_pairs; do
  for filled in --model="$out/pretrained" --method=transplant; do
    "$python" -m benchmarks.blink_pairs --pairs="$faces/$folder" "$filled"
  done
done
