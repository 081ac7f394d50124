#!/usr/bin/env bash
# Proves that the simulation is a net: breaks the code in one place at a time and expects `tests/simulation` to fail.
#
#   tests/mutations/run.sh              all mutations
#   tests/mutations/run.sh threshold    those whose name holds the word
#
# Run by hand; it takes a build for each mutation. PILOTAGE_SEEDS (200 unless set) seeds are tried on each, and the first
# seed that fails is told. The working tree is not touched: each mutation is made in a worktree of its own, of the last commit.
# A mutation that finds nothing to change, or that does not compile, is an error of this script.
set -euo pipefail

repository=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
# A target folder of its own: builds of two worktrees in one folder are taken for each other.
export CARGO_TARGET_DIR=${MUTATIONS_TARGET_DIR:-${CARGO_TARGET_DIR:-$repository/target}/mutations}
export PILOTAGE_SEEDS=${PILOTAGE_SEEDS:-200}
only=${1:-}
worktree=$(mktemp -d)/pilotage
git -C "$repository" worktree add --quiet --detach "$worktree" HEAD
trap 'git -C "$repository" worktree remove --force "$worktree"' EXIT
cd "$worktree"
survived=0

# mutation NAME FILE PERL: PERL changes the whole text of FILE.
mutation() {
    local name=$1 file=$2 change=$3 report seed
    [[ $name == *"$only"* ]] || return 0
    perl -0pi -e "$change" "$file"
    if git diff --quiet; then
        echo "$name: nothing to change in $file" >&2
        exit 2
    fi
    report=$(mktemp)
    if ! cargo test --quiet --test simulation --no-run >"$report" 2>&1; then
        echo "$name: does not compile" >&2
        grep -A5 '^error' "$report" >&2
        exit 2
    fi
    if cargo test --quiet --test simulation no_seed >"$report" 2>&1; then
        survived=$((survived + 1))
        echo "$name: SURVIVED $PILOTAGE_SEEDS seeds"
    else
        seed=$(grep -m1 '^seed ' "$report" || echo "seed ?: see $report")
        echo "$name: found by ${seed:0:220}"
    fi
    git checkout --quiet .
}

mutation 'the completeness check is removed' src/resync/delete.rs \
    's/unproven: &unproven\(&names, self\.yields, self\.slices\)/unproven: &BTreeMap::new()/'
mutation 'an error of a 207 is ignored' src/catalog/bulk.rs \
    's/UpsertResult::Refused \{ status: failed\.status_code, code: failed\.error, message \}/{ drop(message); UpsertResult::Updated }/'
mutation 'a 403 is taken for empty' src/github/end.rs \
    's/SliceEnd::Forbidden \{ reason: closed\.unwrap_or\(reason\), remedy: with_doctor\([^\n]*\) \}/{ drop(closed); SliceEnd::Empty }/'
mutation 'a malformed line is skipped silently' crates/core/src/mapping/evaluate.rs \
    's/Elements::Rejected\(Cause::Unreadable, reason\)/Elements::Unparsed(reason)/'
mutation 'a malformed record of days is skipped silently' src/source/copilot/slice.rs \
    's/Err\(reason\) => sink\.rejected\.add\([^\n]*\),/Err(_) => {}/'
mutation 'no report yet is taken for empty' src/source/copilot/slice.rs \
    's/Manifest::NotReady \{ reason \} => return Ok\(SliceEnd::NotReady \{ reason \}\)/Manifest::NotReady { .. } => return Ok(SliceEnd::Empty)/'
mutation 'a list of teams or organizations that fails is forgotten' src/source/copilot/mod.rs \
    's/if !matches!\(end, SliceEnd::Complete \| SliceEnd::Empty\) \{/if false {/; s/(self\.tell\(scope, error\.slice_end\(About::Teams\)\)\.await);/if false { $1 }/'
mutation 'the threshold is ignored' crates/core/src/reconcile/deletion.rs \
    's/if !case\.threshold\.allows\(deleted, case\.owned\)/if false/'
mutation 'what others wrote is listed as ours' src/catalog/owned.rs \
    's/self\.catalog\.datasource_prefix\(\)/""/; s/self\.catalog\.datasource_suffix\(\)/""/'
mutation 'a truncated file is taken for whole' src/github/download.rs \
    's/None if is_whole => self/None => self/'
mutation 'lines are counted again after a reset' src/github/lines.rs \
    's/if self\.read_before\.is_none\(\) && self\.line > 0/if false/'
mutation 'a refused entity is not tried again' src/resync/run.rs \
    's/this\.retry_refused\(\)\.await\?;//'
mutation 'dependents of withheld entities are deleted along' src/resync/delete.rs \
    's/self\.dependents && !reaches_kept/self.dependents/'
mutation 'relations of blueprints no longer mapped are unknown' src/resync/delete.rs \
    's/for name in &names \{/for name in &names[..0] {/'
mutation 'a plan counts what it would create as ours' src/resync/delete.rs \
    's/if self\.mode == Mode::Plan \{ self\.ledger\.completed \}/if self.mode == Mode::Plan { self.ledger.created }/'

echo "$survived survived"
[[ $survived == 0 ]]
