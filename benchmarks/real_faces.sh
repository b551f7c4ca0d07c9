#!/bin/sh
# Eyes of people whom nobody trained on: every Gan by short recipes, for the tables of docs/results.md.
#
#   sh benchmarks/real_faces.sh FACES OUT [SEED ...]
#
# FACES/lfw, FACES/portraits and FACES/london are in the raw layout; people in FACES/blink_pairs and
# FACES/portrait_pairs (NAME_open.jpg, NAME_closed.jpg) are tested on and never trained on.
# Interrupted, the same command goes on. The flow Gan and its own baseline without exemplar are
# trained with each SEED (0 1 2), the others with 0. OUT/records is what benchmarks/pretrained.sh
# trains the package's model on.
set -eu
faces=$1
out=$2
shift 2
python=${PYTHON:-.venv/bin/python}
export TF_CPP_MIN_LOG_LEVEL=3

pairs() { ls "$faces/$1" | sed -n 's/_open\.jpg$//p' | paste -sd, -; }
align() { "$python" tools/align_celeb_id.py --input_dir="$1" --output_dir="$2"; }
build() { # INPUT, OUTPUT, more flags: records of 128 and of 64 pixels
  input=$1 output=$2
  shift 2
  "$python" tools/build_records.py --input_dir="$input" --output_dir="$output" --image_size=128 "$@"
  "$python" tools/build_records.py --input_dir="$input" --output_dir="${output}_64" --image_size=64 "$@"
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

train() { # RECORDS, RUN, flag file, more flags
  records=$1 run=$2 recipe=$3
  shift 3
  "$python" -m exgan_tf.cli.train --flagfile="flags/$recipe.flags" --records="$out/$records" \
    --run_dir="$out/runs/$run" "$@"
}
train_flow() { # RECORDS, RUN, more flags: minutes of reconstruction, then both networks
  flow_records=$1 flow_run=$2
  shift 2
  train "$flow_records" "reconstruction_$flow_run" cpu_flow --num_steps=800 \
    --num_reconstruction_steps=800 --num_self_pair_steps=300 "$@"
  train "$flow_records" "$flow_run" cpu_flow_adversarial --num_steps=300 --decay_steps=300 \
    --initial_run="$out/runs/reconstruction_$flow_run" "$@"
}
evaluate() { # DATA, RECORDS, RESULT, MODELS
  "$python" -m exgan_tf.cli.evaluate --records="$out/$1/$2" --untrained=transplant \
    --models="$4" --controls=stranger --inception= --output_dir="$out/evaluation/$1_$3"
}

# The flow Gan and its own baseline, 128 pixels, on people and light that they have not seen.
[ $# -gt 0 ] || set -- 0 1 2
for seed in "$@"; do
  train_flow records "flow_$seed" --seed="$seed"
  train_flow records "flow_baseline_$seed" --seed="$seed" --noexemplar
  evaluate london records "128_$seed" \
    "flow=$out/runs/flow_$seed,flow_baseline=$out/runs/flow_baseline_$seed"
done

# All four Gans, 64 pixels; the painting ones by half of their recipes.
painting="--num_reconstruction_steps=1200 --num_steps=1500 --decay_steps=1500 --seed=0"
train records_64 autoencoder cpu_autoencoder --num_steps=2000 --decay_steps=2000 --seed=0
train records_64 baseline cpu_baseline $painting
train records_64 reference cpu_reference $painting
train records_64 code cpu_code $painting --autoencoder="$out/runs/autoencoder"
train_flow records_64 flow_64 --image_size=64 --seed=0
models=flow=$out/runs/flow_64
for name in baseline reference code; do
  models=$models,$name=$out/runs/$name
done
for data in lfw portraits london; do
  evaluate "$data" records_64 64 "$models"
done
