#!/usr/bin/env bash
# The step of the action: checks the mapping, runs the program in its image, and writes the job summary and the comment.
# Takes its inputs from the variables that action.yml names.
set -euo pipefail

# GitHub refuses a comment of more than 65,536 characters and a summary of more than 1 MiB.
COMMENT_BYTES=60000
SUMMARY_BYTES=900000

fail() {
  echo "::error title=Pilotage::$1"
  exit 2
}

if [ "$PILOTAGE_ACTION_COMMENT" = true ]; then
  case "$PILOTAGE_ACTION_ARGUMENTS" in
    plan*markdown*) ;;
    *) fail 'comment: true needs arguments: plan --output markdown' ;;
  esac
fi

# The settings may hold a token: nobody else may read them, and they go when this step does.
umask 077
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
if [ -n "$PILOTAGE_ACTION_CONFIG" ]; then
  {
    printf 'integration:\n  config:\n'
    printf '%s\n' "$PILOTAGE_ACTION_CONFIG" | sed 's/^/    /'
  } > "$folder/config.yaml"
else
  printf '{}\n' > "$folder/config.yaml"
fi

mkdir "$folder/data"
container=(docker run --rm --read-only --cap-drop ALL --user "$(id -u):$(id -g)"
  --mount "type=bind,source=$folder/data,destination=/data"
  --mount "type=bind,source=$PWD,destination=/workspace,readonly" --workdir /workspace)
settings=(--mount "type=bind,source=$folder/config.yaml,destination=/etc/pilotage/config.yaml,readonly"
  --env PILOTAGE_CONFIG=/etc/pilotage/config.yaml
  --env OCEAN__PORT__CLIENT_ID --env OCEAN__PORT__CLIENT_SECRET --env OCEAN__PORT__BASE_URL
  --env OCEAN__INTEGRATION__IDENTIFIER --env OCEAN__INITIALIZE_PORT_RESOURCES
  --env PILOTAGE_MAPPING --env PILOTAGE_PARTIAL_OK)

# Findings about the mapping become annotations at its lines. No credentials and no network are needed for that.
code=0
if [ -f "$PILOTAGE_MAPPING" ]; then
  "${container[@]}" --network none "$PILOTAGE_ACTION_IMAGE" validate --output github -- "$PILOTAGE_MAPPING" || code=$?
fi

: > "$folder/output"
if [ "$code" = 0 ]; then
  # What the program prints is no command to the runner.
  pause="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
  echo "::stop-commands::$pause"
  # Words of the arguments are meant to be split.
  # shellcheck disable=SC2086
  "${container[@]}" "${settings[@]}" "$PILOTAGE_ACTION_IMAGE" $PILOTAGE_ACTION_ARGUMENTS | tee "$folder/output" || code=$?
  printf '\n::%s::\n' "$pause"
fi

case "$code" in
  0) result='done' ;;
  2) result='wrong settings or mapping' ;;
  3) result='there are changes' ;;
  5) result='partial, something could not be read' ;;
  *) result='failed' ;;
esac
case "$code" in
  0 | 3) ;;
  5) echo "::warning title=Pilotage::$result" ;;
  *) echo "::error title=Pilotage::$result, exit code $code" ;;
esac

# A resync leaves a report: its tables are shown in place of the text. Without a report what was printed says why.
: > "$folder/report"
if [ "${PILOTAGE_ACTION_ARGUMENTS%% *}" = resync ] && [ -n "$(ls "$folder/data")" ]; then
  "${container[@]}" --network none "$PILOTAGE_ACTION_IMAGE" runs last --output markdown > "$folder/report" || : > "$folder/report"
fi

# The first bytes of the output, as Markdown. Text becomes an indented block, which nothing in it can end.
page() {
  printf '### Pilotage: %s\n\n' "$result"
  if [ -s "$folder/report" ]; then
    head -c "$1" "$folder/report"
    return
  fi
  case "$PILOTAGE_ACTION_ARGUMENTS" in
    *markdown*) head -c "$1" "$folder/output" ;;
    *) head -c "$1" "$folder/output" | sed 's/^/    /' ;;
  esac
  if [ "$(wc -c < "$folder/output")" -gt "$1" ]; then
    printf '\n\n*The rest is in the log of the job.*\n'
  fi
}

if [ -n "${GITHUB_STEP_SUMMARY-}" ]; then
  page "$SUMMARY_BYTES" >> "$GITHUB_STEP_SUMMARY"
fi
if [ -n "${GITHUB_OUTPUT-}" ]; then
  echo "exit_code=$code" >> "$GITHUB_OUTPUT"
fi

if [ "$PILOTAGE_ACTION_COMMENT" = true ] && [ -n "$PILOTAGE_ACTION_PULL_REQUEST" ]; then
  export GH_TOKEN="$PILOTAGE_ACTION_GITHUB_TOKEN"
  export MARKER="<!-- pilotage plan of $OCEAN__INTEGRATION__IDENTIFIER -->"
  {
    printf '%s\n' "$MARKER"
    page "$COMMENT_BYTES"
  } | iconv -c -f UTF-8 -t UTF-8 > "$folder/comment.md"
  comments="repos/$GITHUB_REPOSITORY/issues/$PILOTAGE_ACTION_PULL_REQUEST/comments"
  # A comment of an earlier push is rewritten, if a workflow wrote it.
  # shellcheck disable=SC2016
  earlier="$(gh api --paginate "$comments" \
    --jq '.[] | select(.user.type == "Bot" and (.body | startswith($ENV.MARKER))) | .id' | sed -n 1p)" ||
    fail 'the comments of the pull request cannot be read: permissions: {pull-requests: write} is needed'
  if [ -n "$earlier" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$earlier" --field "body=@$folder/comment.md"
  else
    gh api --silent --method POST "$comments" --field "body=@$folder/comment.md"
  fi || fail 'the comment cannot be written: permissions: {pull-requests: write} is needed, which a fork does not get'
fi
exit "$code"
