#!/usr/bin/env bash
# Team metrics of a large organization, end to end: a simulated GitHub, a catalog and a resync, each a process of its own.
# Prints requests, seconds and peak memory of the resync.
#
#   cargo build --release && benches/teams.sh             # 3,500 teams, 7,000 users, 28 days
#   TEAMS=100 USERS=500 DAYS=7 benches/teams.sh           # something smaller
#
# Needs bash, GNU date, and /proc for the memory. PILOTAGE names another binary.
set -euo pipefail

pilotage=${PILOTAGE:-${CARGO_TARGET_DIR:-target}/release/pilotage}
teams=${TEAMS:-3500} users=${USERS:-7000} days=${DAYS:-28}
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT

# shellcheck source=support/address.sh
. "$(dirname "$0")/support/address.sh"

# GitHub has the reports of a day three days later, so the last day of the world is that one.
until=$(date -u -d '3 days ago' +%F)
"$pilotage" simulate --orgs 1 --teams "$teams" --users "$users" --days "$days" --until "$until" \
    >"$folder/github" 2>/dev/null &
servers+=($!)
"$pilotage" catalog serve --data "$folder/catalog" >"$folder/port" 2>/dev/null &
servers+=($!)

export OCEAN__INTEGRATION__CONFIG__GITHUB_HOST PORT_BASE_URL
OCEAN__INTEGRATION__CONFIG__GITHUB_HOST=$(address_in "$folder/github")
PORT_BASE_URL=$(address_in "$folder/port")
export GITHUB_TOKEN=any PORT_CLIENT_ID=any PORT_CLIENT_SECRET=any

measure() {
    local name=$1 began=$EPOCHREALTIME peak=0 now resync
    "$pilotage" resync --mapping "$here/mappings/usage.yaml" --only team-usage-metrics --data "$folder/data" \
        -vv --log-format json >"$folder/$name.out" 2>"$folder/$name.log" &
    resync=$!
    # The high-water mark of the kernel, so nothing is missed between two looks but the very last moment.
    while now=$(awk '/VmHWM/ {print $2}' "/proc/$resync/status" 2>/dev/null) && [[ -n $now ]]; do
        peak=$now
        sleep 0.1
    done
    wait "$resync" || true
    local log=$folder/$name.log
    asked() { grep 'GitHub answered' "$log" | grep -c "$1" || true; }
    echo "== $name"
    grep -E '^(kind|team-usage-metrics|total) ' "$folder/$name.out"
    awk -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN {printf "seconds               %8.1f\n", to - from}'
    printf 'peak memory           %8d MB\n' $((peak / 1024))
    printf 'requests to the API   %8d\n' "$(asked '')"
    printf '  manifests of days   %8d (%d days of one organization)\n' "$(asked '.-1-day')" "$days"
    printf '  pages of teams      %8d\n' "$(asked '/teams')"
}

measure first
measure again
