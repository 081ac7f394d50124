#!/usr/bin/env bash
# What people who look cost a resync: `serve --web` reads 100,016 user-days of a simulated GitHub into the local catalog, in turns with nobody
# looking and with three readers of the live run and a page that is loaded again each second. Prints wall and processor seconds of each run,
# and the medians. Every run updates every entity, because the mapping is edited before it.
#
#   cargo build --release && benches/readers.sh           # 6 pairs
#   PAIRS=2 USERS=358 READERS=10 benches/readers.sh       # something smaller, with more readers
#
# Needs bash, curl, python3, and /proc for the processor time. PILOTAGE names another binary.
set -euo pipefail
cd "$(dirname "$0")/.."

pilotage=${PILOTAGE:-${CARGO_TARGET_DIR:-target}/release/pilotage}
users=${USERS:-3572} pairs=${PAIRS:-6} watching=${READERS:-3}
folder=$(mktemp -d)
pids=()
stop() { kill "${pids[@]}" 2>/dev/null || true; pids=(); }
trap 'stop; kill ${simulator:-} ${server:-} 2>/dev/null || true; wait; rm -rf "$folder"' EXIT

# Waits until a command succeeds, a minute and a half at most.
wait_for() { for _ in $(seq 900); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done; echo "waited in vain for: $*" >&2; exit 1; }

"$pilotage" simulate --orgs 1 --teams 4 --users "$users" --days 28 >"$folder/github" 2>/dev/null &
simulator=$!
wait_for test -s "$folder/github"
OCEAN__INTEGRATION__CONFIG__GITHUB_HOST=$(head -n 1 "$folder/github")
export OCEAN__INTEGRATION__CONFIG__GITHUB_HOST GITHUB_TOKEN=any
cp benches/mappings/user-days.yaml "$folder/mapping.yaml"
token=$(head -c 32 /dev/urandom | base64 | tr -d '/+=')
PILOTAGE_WEB_TOKEN=$token PILOTAGE_WEB_ROLES=people,operator "$pilotage" serve --data "$folder/data" --mapping "$folder/mapping.yaml" \
    --web 127.0.0.1:0 --port 0 --schedule 1440 >"$folder/out" 2>"$folder/log" &
server=$!
wait_for grep -qo 'http://127.0.0.1:[0-9]*/in' "$folder/out" "$folder/log"
origin=$(grep -ho 'http://127.0.0.1:[0-9]*/in' "$folder/out" "$folder/log" | head -n 1)
origin=${origin%/in}
curl -sf -c "$folder/cookies" -H "origin: $origin" -H 'content-type: application/json' -d "{\"token\": \"$token\"}" "$origin/in" >/dev/null
page() { curl -sf -b "$folder/cookies" "$@"; }
reports() { find "$folder/data/runs" -name '*.json' 2>/dev/null | wc -l; }
has_reports() { [ "$(reports)" -ge "$1" ]; }
cpu() { awk '{print ($14 + $15) / 100}' "/proc/$server/stat"; }

wait_for has_reports 1
: >"$folder/rows"
for number in $(seq $((2 * pairs))); do
    sed "s/copilot-metrics/copilot-metrics-$number/" benches/mappings/user-days.yaml >"$folder/mapping.yaml"
    readers=0
    if [ $((number % 2)) = 0 ]; then
        readers=$watching
        for _ in $(seq "$readers"); do page -N "$origin/runs/live/events" >/dev/null & pids+=($!); done
        while sleep 1; do page "$origin/runs/live" >/dev/null; done & pids+=($!)
    fi
    sleep 0.5
    before=$(cpu) count=$(reports)
    # Until the run before has ended altogether, none is taken.
    wait_for page -H "origin: $origin" -H 'content-type: application/json' -d '{}' "$origin/runs/live/start"
    wait_for has_reports $((count + 1))
    after=$(cpu)
    stop
    newest=$(find "$folder/data/runs" -name '*.json' | sort | tail -n 1)
    python3 - "$newest" "$readers" "$before" "$after" <<'PYTHON' | tee -a "$folder/rows"
import json, sys
report, readers, before, after = json.load(open(sys.argv[1])), *sys.argv[2:]
print(f"{readers} readers  {report['seconds']:6.2f} s  {float(after) - float(before):6.2f} CPU-s  {report['totals']['update'] + report['totals']['send']} updated")
PYTHON
done
python3 - "$folder/rows" "$watching" <<'PYTHON'
import statistics, sys
rows = [line.split() for line in open(sys.argv[1])]
of = {readers: [(float(row[2]), float(row[4])) for row in rows if row[0] == readers] for readers in ("0", sys.argv[2])}
for what, place in (("wall", 0), ("CPU", 1)):
    alone, read = (statistics.median(row[place] for row in of[readers]) for readers in ("0", sys.argv[2]))
    pairs = [100 * (two[place] / one[place] - 1) for one, two in zip(of["0"], of[sys.argv[2]])]
    print(f"{what}: {alone:.2f} s with nobody, {read:.2f} s with readers in the middle; of pairs {statistics.median(pairs):+.1f} % in the middle")
PYTHON
