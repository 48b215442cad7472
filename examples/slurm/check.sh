#!/bin/bash
# The names of names.txt as a Slurm array of 8 tasks, each with a part of them; merge.sh then judges all of it as one run:
#   rm -rf results && mkdir results
#   sbatch --dependency=afterany:"$(sbatch --parsable check.sh)" merge.sh
#SBATCH --job-name=federation-check
#SBATCH --array=1-8
#SBATCH --cpus-per-task=1
#SBATCH --mem=512M
#SBATCH --time=00:30:00
#SBATCH --output=results/check-%a.log

# Slurm tells the index, the least one and how many there are: a part is the name's own, and every name is in exactly one.
matrix-delegation-check --quiet --from-file names.txt --shard auto --report "ndjson=results/$SLURM_ARRAY_TASK_ID.ndjson"
