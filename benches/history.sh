#!/usr/bin/env bash
# The history of a large organization: backfill from a simulated GitHub, size of the store for a year, every figure, and what keeping costs
# a resync. Each program is a process of its own. Prints requests, seconds, megabytes.
#
#   cargo build --release && benches/history.sh           # 36,000 people, 500 teams, 14 days read, a year in the store
#   TEAMS=20 USERS=500 DAYS=10 benches/history.sh         # something smaller
#   KEEP=target/year benches/history.sh                   # keeps the data folder of the year, or uses the one that is there
#   ONLY=figures KEEP=target/year benches/history.sh      # figures alone; or `store`, or `resync`
#
# The days that are read are copied to the other days of the year, with the same content: a year of such reports is 40 GB of JSON. Seats
# are of one day, as after the first resync; SEATS=365 copies them as well.
# Needs bash, GNU date and time, python3 with sqlite3, and /proc for the memory. PILOTAGE names another binary.
set -euo pipefail

pilotage=${PILOTAGE:-${CARGO_TARGET_DIR:-target}/release/pilotage}
teams=${TEAMS:-500} users=${USERS:-36000} days=${DAYS:-14} only=${ONLY:-store figures resync}
folder=$(mktemp -d)
data=${KEEP:-$folder/data}
server=
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT

# shellcheck source=support/address.sh
. "$(dirname "$0")/support/address.sh"

serve() {
    : >"$folder/github"
    "$pilotage" simulate --orgs 1 --until "$(date -u -d '3 days ago' +%F)" "$@" >"$folder/github" 2>/dev/null &
    server=$!
    OCEAN__INTEGRATION__CONFIG__GITHUB_HOST=$(address_in "$folder/github")
    export OCEAN__INTEGRATION__CONFIG__GITHUB_HOST GITHUB_TOKEN=any
}

# Seconds, processor seconds and kilobytes of a command.
timed() { /usr/bin/time -f '%e s, %U + %S CPU-s, %M KB' -o "$folder/time" "$@"; }
told() { printf '%-52s %s\n' "$1" "$2"; }

if [[ ! -e $data/history.sqlite ]]; then
    echo "== backfill: $users people, $teams teams, $days days"
    serve --teams "$teams" --users "$users" --days "$days"
    since=$(date -u -d "$((days + 2)) days ago" +%F)
    timed "$pilotage" backfill --data "$data" --since "$since" 2>"$folder/log" >"$folder/out" || true
    grep -E 'about [0-9,]+ requests and' "$folder/log" || true
    cat "$folder/out"
    told "backfill" "$(cat "$folder/time")"
    "$pilotage" resync --mapping usage --only copilot-seats --data "$data" >/dev/null 2>&1 || true
    "$pilotage" backfill --only ai-credit-usage --since "$since" --data "$data" >/dev/null 2>&1 || true
    kill "$server"
    python3 - "$data/history.sqlite" <<'PYTHON'
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
names = lambda table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
columns = ", ".join(name for name in names("fact") if name not in ("number", "day"))
has_contents = "content" not in columns.split(", ")
last = db.execute("SELECT max(day) FROM fact WHERE part = 1").fetchone()[0]
held = {}
parts = "1, 2, 3, 4, 5, 6" if os.environ.get("SEATS") == "365" else "1, 2, 3, 5, 6"
for number, part, day in db.execute(f"SELECT number, part, day FROM fact WHERE part IN ({parts}) ORDER BY day"):
    held.setdefault(part, []).append((number, day))
for part, facts in held.items():
    there = {day for _, day in facts}
    # Weekdays are copied to weekdays.
    for day in range(last - 364, last + 1):
        if day not in there:
            same = [number for number, other in facts if (other - day) % 7 == 0]
            number = same[day // 7 % len(same)] if same else facts[day % len(facts)][0]
            made = db.execute(f"INSERT INTO fact ({columns}, day) SELECT {columns}, ? FROM fact WHERE number = ?", (day, number)).lastrowid
            if has_contents:
                db.execute("INSERT INTO content (number, run) SELECT number + (? - ?) * 65536, run FROM content"
                           " WHERE number BETWEEN ? * 65536 AND ? * 65536 + 65535", (made, number, number, number))
db.commit()
db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
PYTHON
fi

if [[ $only == *store* ]]; then
    "$pilotage" history status --data "$data" >/dev/null
    python3 - "$data/history.sqlite" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
if any(row[1] == "content" for row in db.execute("PRAGMA table_info(fact)")):
    sizes = "SELECT part.name, count(*), sum(length(content)) FROM fact JOIN part ON part.number = fact.part GROUP BY 1"
else:
    sizes = """SELECT part.name, count(*), sum((SELECT sum(length(run)) FROM content
        WHERE number BETWEEN fact.number * 65536 AND fact.number * 65536 + 65535))
        FROM fact JOIN part ON part.number = fact.part GROUP BY 1"""
for part, count, size in db.execute(sizes):
    print(f"  {part:<14}{count:>5} days{size / 1e6:>9.1f} MB, {size / count / 1e3:.0f} KB a day")
PYTHON
    told "store of a year" "$(du --apparent-size -B 1000000 "$data/history.sqlite" | cut -f1) MB"
fi

if [[ $only == *figures* ]]; then
    echo "== figures of the year, each in a process of its own: milliseconds of processor time, kilobytes at most"
    echo "   beside the cheapest command that opens the history"
    python3 - "$pilotage" "$data" "$folder" <<'PYTHON'
import os, subprocess, sys
pilotage, data, folder = sys.argv[1:]
RUNS = int(os.environ.get("RUNS", "3"))

def measured(*arguments):
    """The least of some runs: milliseconds of processor time, kilobytes, bytes written, exit code."""
    best = None
    for _ in range(RUNS):
        with open(f"{folder}/shown", "wb") as out:
            child = subprocess.Popen([pilotage, *arguments, "--data", data], stdout=out, stderr=subprocess.DEVNULL)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = 0
        milliseconds = 1000 * (used.ru_utime + used.ru_stime)
        now = (milliseconds, used.ru_maxrss, os.path.getsize(f"{folder}/shown"), os.waitstatus_to_exitcode(status))
        best = now if best is None else (min(best[0], now[0]), max(best[1], now[1]), now[2], now[3])
    return best

base = measured("history", "restated")
print(f"{'history restated':<40}{base[0]:>7.0f} ms{base[1]:>9} KB")
ids = [line.split()[0] for line in subprocess.run([pilotage, "figures"], capture_output=True, text=True).stdout.splitlines() if line[:1].islower()]
ids = [id for id in ids if id != "id"]
team = os.environ.get("TEAM", "platform")
forms = [("by day", []), ("by week", ["--by", "week"]), ("of a team", ["--team", team])]
print(f"{'':<40}" + "".join(f"{name:>24}" for name, _ in forms))
worst = {name: (0, "") for name, _ in forms}
for id in ids:
    row = f"{id:<40}"
    for name, flags in forms:
        used, most, size, code = measured("figures", "show", id, *flags, "--output", "json")
        row += f"{used:>8.0f} ms {(most - base[1]) / 1000:>+6.1f} MB" + (f" ({code})" if code else "    ")
        worst[name] = max(worst[name], (used, id))
    print(row, flush=True)
for name, (used, id) in worst.items():
    print(f"slowest {name}: {id}, {used:.0f} ms")
PYTHON
fi

if [[ $only == *resync* ]]; then
    echo "== a resync of 100,000 user-days with and without the history, three times each"
    serve --teams 1 --users 3572 --days 28
    for run in 1 2 3; do
        for history in true false; do
            rm -rf "$folder/resync"
            PILOTAGE_HISTORY=$history timed "$pilotage" resync --mapping usage --only organization-user-usage-metrics \
                --data "$folder/resync" >/dev/null 2>&1 || true
            told "history $history, run $run" "$(cat "$folder/time")"
        done
    done
fi
