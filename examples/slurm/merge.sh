#!/bin/bash
# After check.sh: its 8 results as one report, with the exit code of all names; 2 if one of them isn't there.
#SBATCH --job-name=federation-merge
#SBATCH --mem=512M
#SBATCH --time=00:10:00
#SBATCH --output=results/merge.log

files=()
for part in $(seq 8); do files+=(--from-facts "results/$part.ndjson"); done
matrix-delegation-check "${files[@]}" --report html=results/report.html
