#!/usr/bin/env bash
# Builds the solution once in Release and runs every test project, side by side: one works while the other waits for
# processes and polls. What the last one prints is shown as it comes, what the others printed after it.
# The last line is `N passed, N failed, N skipped`; the exit code is 0 only when at least one test ran and none failed.
# Further arguments go to each test program:
#   tests/run.sh -class 'ForecastEngine.Tests.Storage.*'
# Under CI=true whatever a test needs must be there: a missing PostgreSQL, Chromium or Jupyter fails instead of skipping.
# A test that runs longer than five minutes is named; a test program that does not end within FORECASTENGINE_TEST_MINUTES (40) is ended.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

has_postgres() {
  [ -n "${FORECASTENGINE_TEST_POSTGRES:-}" ] || command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

# On Debian as root, install the server without starting a cluster of its own.
install_postgres() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  mkdir -p /etc/postgresql-common && [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  { apt-get install -y -qq --no-install-recommends postgresql || { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; }; } >/dev/null 2>&1
}

if ! has_postgres; then
  echo "No PostgreSQL found; trying to install it." >&2
  if ! install_postgres || ! has_postgres; then
    echo "PostgreSQL could not be installed: its tests will skip, or fail under CI=true." >&2
  fi
fi

has_chromium() {
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

install_chromium() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  { apt-get install -y -qq --no-install-recommends chromium || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }; } >/dev/null 2>&1
}

if ! has_chromium; then
  echo "No Chromium found; trying to install it." >&2
  if ! install_chromium || ! has_chromium; then
    echo "Chromium could not be installed: the tests of pages will skip, or fail under CI=true." >&2
  fi
fi

install_jupyter() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  { apt-get install -y -qq --no-install-recommends jupyter-nbconvert || { apt-get update -qq && apt-get install -y -qq --no-install-recommends jupyter-nbconvert; }; } >/dev/null 2>&1
}

if ! command -v jupyter-nbconvert >/dev/null; then
  echo "No Jupyter found; trying to install it." >&2
  if ! install_jupyter || ! command -v jupyter-nbconvert >/dev/null; then
    echo "Jupyter could not be installed: the test of our kernel in it will skip, or fail under CI=true." >&2
  fi
fi

passed=0 failed=0 skipped=0 broken=0
logs=$(mktemp -d) failures=$(mktemp)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$logs" "$failures"' EXIT

finish() {
  if [ -s "$failures" ]; then
    echo "Failed:"
    cat "$failures"
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  if [ "$failed" -eq 0 ] && [ "$broken" -eq 0 ] && [ "$passed" -gt 0 ]; then exit 0; else exit 1; fi
}

if ! dotnet build ForecastEngine.sln -c Release -v q; then
  echo "The build failed; no test was run." >&2
  broken=1
  finish
fi

limit=()
if command -v timeout >/dev/null; then limit=(timeout --foreground --kill-after=30 "${FORECASTENGINE_TEST_MINUTES:-40}m"); fi
run() {
  local program="tests/$1/bin/Release/net10.0/$1.dll"
  ${limit[@]+"${limit[@]}"} dotnet exec "$program" -noColor -longRunning 300 "${@:2}" 2>&1
}

# Counts what a program printed, with its exit code.
count() {
  local name=$1 log=$2 code=$3 total='' errors fails skips not_run
  # A test's own lines are indented deeper than its name; what failed is told again at the end, where a long output is read.
  awk '/^    [^ ]/ { shown = /\[FAIL\]$/; lines = 0 } /^[^ ]|^  [^ ]/ { shown = 0 } shown && lines++ < 40' "$log" >>"$failures"
  if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then echo "$name did not end and was ended." >&2; fi
  # The runner's summary: `<assembly>  Total: 9, Errors: 0, Failed: 1, Skipped: 2, Not Run: 0, Time: 1.2s`; an empty assembly has `Total: 0` only.
  read -r total errors fails skips not_run < <(sed -nE 's/.*Total: ([0-9]+)(, Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+), Not Run: ([0-9]+))?.*/\1 \3 \4 \5 \6/p' "$log" | tail -n 1)
  if [ -z "${total:-}" ]; then
    echo "$name ended with code $code and no summary." >&2
    broken=1
    return
  fi
  failed=$((failed + ${fails:-0} + ${errors:-0})) skipped=$((skipped + ${skips:-0}))
  passed=$((passed + total - ${fails:-0} - ${skips:-0} - ${not_run:-0}))
  # The runner answers 1 for failed tests, which are counted; anything else, a crash at the end say, is a fault of its own.
  if [ "$code" -ne 0 ] && [ "$((${fails:-0} + ${errors:-0}))" -eq 0 ] && [ "$total" -gt 0 ]; then
    echo "$name ended with code $code." >&2
    broken=1
  fi
}

names=() pids=()
for project in tests/*.Tests/*.Tests.csproj; do names+=("$(basename "$project" .csproj)"); done
last=$((${#names[@]} - 1))
for ((i = 0; i < last; i++)); do
  run "${names[i]}" "$@" >"$logs/${names[i]}" &
  pids+=($!)
done
run "${names[last]}" "$@" | tee "$logs/${names[last]}"
code_of_last=${PIPESTATUS[0]}
for ((i = 0; i < last; i++)); do
  wait "${pids[i]}"
  code=$?
  cat "$logs/${names[i]}"
  count "${names[i]}" "$logs/${names[i]}" "$code"
done
count "${names[last]}" "$logs/${names[last]}" "$code_of_last"
finish
