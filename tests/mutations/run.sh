#!/usr/bin/env bash
# Proves that the simulation is a net: breaks the code in one place at a time and expects `tests/simulation` to fail.
#
#   tests/mutations/run.sh              all mutations
#   tests/mutations/run.sh threshold    those whose name holds the word, or one of several
#
# Run by hand; it takes a build for each mutation. PILOTAGE_SEEDS (200 unless set) seeds are tried on each, and the first
# seed that fails is told. The working tree is not touched: each mutation is made in a worktree of its own, of the last commit.
# A mutation that finds nothing to change, or that does not compile, is an error of this script. CARGO names another cargo.
set -euo pipefail

repository=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
# A target folder of its own: builds of two worktrees in one folder are taken for each other.
export CARGO_TARGET_DIR=${MUTATIONS_TARGET_DIR:-${CARGO_TARGET_DIR:-$repository/target}/mutations}
export PILOTAGE_SEEDS=${PILOTAGE_SEEDS:-200}
cargo=${CARGO:-cargo}
only=("$@")
worktree=$(mktemp -d)/pilotage
git -C "$repository" worktree add --quiet --detach "$worktree" HEAD
trap 'git -C "$repository" worktree remove --force "$worktree"' EXIT
cd "$worktree"
survived=0

is_asked_for() {
    local word
    [[ ${#only[@]} == 0 ]] && return 0
    for word in "${only[@]}"; do
        [[ $1 == *"$word"* ]] && return 0
    done
    return 1
}

# mutation NAME FILE PERL [TEST]: PERL changes the whole text of FILE. TEST is the integration test that finds what no seed can, because
# the world changes by one step at a time.
mutation() {
    local name=$1 file=$2 change=$3 test=${4:-} report seed target=simulation filter=no_seed
    is_asked_for "$name" || return 0
    perl -0pi -e "$change" "$file"
    if git diff --quiet; then
        echo "$name: nothing to change in $file" >&2
        exit 2
    fi
    report=$(mktemp)
    if [[ -n $test ]]; then
        target=integration filter=$test
    fi
    if ! "$cargo" test --quiet --test "$target" --no-run >"$report" 2>&1; then
        echo "$name: does not compile" >&2
        grep -A5 '^error' "$report" >&2
        exit 2
    fi
    if "$cargo" test --quiet --test "$target" "$filter" >"$report" 2>&1; then
        survived=$((survived + 1))
        echo "$name: SURVIVED ${test:-$PILOTAGE_SEEDS seeds}"
    elif [[ -n $test ]]; then
        echo "$name: found by $test"
    else
        seed=$(grep -m1 '^seed ' "$report" || echo "seed ?: see $report")
        echo "$name: found by ${seed:0:220}"
    fi
    git checkout --quiet .
}

mutation 'the completeness check is removed' src/resync/delete.rs \
    's/unproven: &unproven,/unproven: &BTreeMap::new(),/'
mutation 'an error of a 207 is ignored' src/catalog/bulk.rs \
    's/UpsertResult::Refused \{ status: failed\.status_code, code: failed\.error\.as_deref\(\)\.map\(&shown\), message \}/{ drop((message, failed.error.as_deref().map(\&shown))); UpsertResult::Updated }/'
mutation 'a 403 is taken for empty' src/github/end.rs \
    's/SliceEnd::Forbidden \{ reason: closed\.unwrap_or\(reason\), remedy: with_doctor\([^\n]*\) \}/{ drop(closed); SliceEnd::Empty }/'
mutation 'a malformed line is skipped silently' crates/core/src/mapping/evaluate.rs \
    's/Elements::Rejected\(Cause::Unreadable, reason\)/Elements::Unparsed(reason)/'
mutation 'a malformed record of days is skipped silently' src/source/copilot/slice.rs \
    's/Err\(reason\) => \{\n *sink\.reject\(source, line, &reason\);\n *false\n *\}\n    \}/Err(_) => true\n    }/'
mutation 'no report yet is taken for empty' src/source/copilot/slice.rs \
    's/Manifest::NotReady \{ reason \} => return Ok\(SliceEnd::NotReady \{ reason \}\)/Manifest::NotReady { .. } => return Ok(SliceEnd::Empty)/'
mutation 'a list of teams or organizations that fails is forgotten' src/source/copilot/report.rs \
    's/if !matches!\(end, SliceEnd::Complete \| SliceEnd::Empty\) \{/if false {/'
mutation 'a list of teams that cannot be had is forgotten' src/source/copilot/mod.rs \
    's/(self\.tell\(&scope, error\.slice_end\(RequestSubject::Teams\)\)\.await);/if false { $1 }/'
mutation 'the threshold is ignored' crates/core/src/reconcile/deletion.rs \
    's/if !case\.threshold\.allows\(deleted, case\.owned\)/if false/'
mutation 'what others wrote is listed as ours' src/catalog/owned.rs \
    's/self\.catalog\.datasource_prefix\(\)/""/; s/self\.catalog\.datasource_suffix\(\)/""/'
mutation 'a truncated file is taken for whole' src/github/download.rs \
    's/None if is_whole => self/None => self/'
mutation 'lines are counted again after a reset' src/github/lines.rs \
    's/if self\.read_before\.is_none\(\) && self\.line > 0/if false/'
mutation 'a refused entity is not tried again' src/resync/run.rs \
    's/this\.send_refused_again\(\)\.await\?;//'
mutation 'dependents of withheld entities are deleted along' src/resync/delete.rs \
    's/self\.dependents && !reaches_kept/self.dependents/'
mutation 'relations of blueprints no longer mapped are unknown' src/resync/delete.rs \
    's/for name in &names \{/for name in &names[..0] {/' what_is_no_longer_mapped_goes_before_what_it_depends_on
mutation 'a plan counts what it would create as ours' src/resync/delete.rs \
    's/if self\.mode == Mode::Plan \{ self\.ledger\.completed \}/if self.mode == Mode::Plan { self.ledger.created }/'
mutation 'the end of a connection is taken for the end of a file' src/github/download.rs \
    's/is_proven: self\.length\.is_some\(\) \|\| self\.framing != Framing::Connection/is_proven: true/'
# An empty answer without a proof that it is all is asked for again: what comes of it proves nothing in either case, so no seed can tell.
# src/github/client/tests.rs has it.
mutation 'any object is taken for a row' crates/core/src/kind/row/check.rs \
    's/(pub fn check\(&mut self, json: &\[u8\]\) -> Result<\(\), RowError> \{)/$1 if json.len() < usize::MAX { return Ok(()); }/'
mutation 'a row need not say whom it is about' crates/core/src/kind/row/check.rs \
    's/return if self\.is_of_another_shape\(text\) \{ Ok\(\(\)\) \} else \{ Err\(self\.lacks\(required, text\)\) \};/let _ = (self.is_of_another_shape(text), self.lacks(required, text));/'
mutation 'rows of another report are taken' crates/core/src/kind/row/check.rs \
    's/if glance\.has_foreign\n/if false \&\& glance.has_foreign\n/'
mutation 'a file without a row is taken for complete' src/github/lines.rs \
    's/\(self\.items == 0 && !self\.is_anything_rejected\)\.then_some\(Doubt::NoRow\)/None/'
mutation 'a record without a day is taken for complete' src/source/copilot/slice.rs \
    's/sink\.doubt\(&format!\("\{source\} line \{line\}"\), &Doubt::NoRow\);//'
mutation 'whose rows they are is not looked at' crates/core/src/kind/row/check.rs \
    's/Some\(expected\) if \*expected == found => \{\}/Some(_) if found.len() < usize::MAX => {}/'
mutation 'the window of a report is not looked at' src/source/copilot/slice.rs \
    's/rows\.check\.within\(report\.days\(\)\);//'
mutation 'seats are not counted' src/github/pages.rs \
    's/Some\(\(_, counted\)\) if read < counted => [^\n]*\n//'
mutation 'a list may end before its last page' src/github/pages.rs \
    's/if read < self\.announced \{/if false {/'
mutation 'links that are null are passed over' src/github/report.rs \
    's/missing => Some\(Doubt::MissingLinks \{ missing, of \}\)/_ => None/'
mutation 'the page of a web filter is taken for an answer without data' src/github/client/attempt.rs \
    's/Err\(page::instead_of_answer\(&self\.host\(\), status\.as_u16\(\), &body, &self\.redactor\(authorization\)\)\)/Ok(Bytes::new())/'
mutation 'an empty list is a proof at once' crates/core/src/reconcile/listing.rs \
    's/if now\.duration_since\(since\) >= CONFIRMED_AFTER/if now >= since/'
mutation 'an endpoint that is out has no budget' src/github/outage.rs \
    's/Self \{ is_out: true, \.\. \} => RetryBudget::IN_OUTAGE/Self { is_out: true, .. } => RetryBudget::FULL/'
mutation 'an endpoint that was out is out for ever' src/github/outage.rs \
    's/std::mem::take\(&mut self\.is_out\)/self.is_out/'
mutation 'an endpoint that is out is taken for one that was read' src/source/copilot/sink.rs \
    's/(Err\(Cut::Refused\(error\)\)) => error\.slice_end\(about\)/$1 if error.status().is_some_and(|status| status.as_u16() == 500) => SliceEnd::Complete, $1 => error.slice_end(about)/'
mutation 'enableDelete is ignored' crates/core/src/reconcile/protection.rs \
    's/!resource\.enable_delete && \(/!resource.enable_delete && false && (/'

echo "$survived survived"
[[ $survived == 0 ]]
