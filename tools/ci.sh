# ./dev ci: the stages a change must pass. Sourced by ./dev. What takes long is done in turns, the
# commit says whose; each stage says what it leaves to others.
#
# A stage leaves "N passed, N failed, N skipped" in build/ci/STAGE.counts. A failed stage does not
# stop the next one; a stage that ends badly without saying so counts as one failure.

# Folders that own threads or run beside them, by the names of their test programs.
readonly THREADED='^(server|client|worker|storage)_test$'
# Process tests that are also run under ThreadSanitizer.
readonly THREADED_PROCESS_TESTS='^tests/test_(server_process|stopped_server|session|consume|worker)'
# Of the process tests so many groups are made; with ASan a CI run does one, chosen by the commit.
readonly ASAN_PROCESS_GROUPS=2
# No source is looked at by clang-tidy after so long.
readonly LINT_SECONDS=240

stage_tidy() {
  PYTHONPATH=tools "$PYTHON" -m tidy --counts build/ci/tidy.counts
}

stage_test() {
  build_tree release all
  "$PYTHON" tools/testing/run_tests.py --tree build/release --counts build/ci/test.counts
}

# clang-tidy over the sources that changed.
stage_lint() {
  build_tree release all
  "$PYTHON" tools/lint/lint.py --tree build/release --seconds "$LINT_SECONDS" \
    --counts build/ci/lint.counts
}

# Address and undefined behaviour: every unit test, properties with fewer cases, some process tests.
stage_asan() {
  build_tree asan all
  "$PYTHON" tools/testing/run_tests.py --tree build/asan --kinds property,process,unit \
    --process-groups "$ASAN_PROCESS_GROUPS" --counts build/ci/asan.counts
}

# Data races: only where there are threads.
stage_tsan() {
  local targets=(muster) folder
  for folder in server client worker storage; do
    ! compgen -G "src/$folder/*_test.cc" >/dev/null || targets+=("${folder}_test")
  done
  build_tree tsan "${targets[@]}"
  "$PYTHON" tools/testing/run_tests.py --tree build/tsan --kinds process,unit \
    --counts build/ci/tsan.counts "$THREADED" "$THREADED_PROCESS_TESTS"
}

# Which branches of engine, protocol and storage their own tests take: 95 % of each, at least.
stage_coverage() {
  ./dev coverage --counts build/ci/coverage.counts
}

# The short form of every part of the proof, and a longer turn for one of them.
stage_proof() {
  ./dev proof --ci --counts build/ci/proof.counts
}

# The simulator: the same worlds every time, all of which must keep their promises, and a seeded
# bug that must be seen to break one. The first line of counts is the worlds'.
stage_sim() {
  local status=0 log=build/ci/sim.log
  build_tree release muster_sim
  build/release/muster_sim --seed 1 --count 400 | tee "$log" || status=$?
  if build/release/muster_sim --seed 1 --count 60 --mutant stale_token_accepted >>"$log"; then
    echo 'sim: a seeded bug went unseen' >&2
    status=1
  fi
  grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | head -n 1 >build/ci/sim.counts
  return "$status"
}

# run_stage NAME: runs it in a subshell, adds its counts to the totals and says how long it took.
run_stage() {
  local name=$1 started=$SECONDS status=0 counts='0 passed, 1 failed, 0 skipped'
  echo
  echo "== $name"
  # Not in a condition: there, bash would ignore set -e inside the stage.
  set +e
  (
    set -e
    "stage_$name"
  )
  status=$?
  set -e
  if [[ -r build/ci/$name.counts ]]; then
    counts=$(cat "build/ci/$name.counts")
  fi
  if [[ ! $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    echo "stage $name left no counts but: $counts" >&2
    [[ '0 passed, 1 failed' =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]
  fi
  local passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]} skipped=${BASH_REMATCH[4]:-0}
  [[ $status -eq 0 || $failed -gt 0 ]] || failed=1
  TOTAL_PASSED=$((TOTAL_PASSED + passed))
  TOTAL_FAILED=$((TOTAL_FAILED + failed))
  TOTAL_SKIPPED=$((TOTAL_SKIPPED + skipped))
  [[ $failed -eq 0 ]] || FAILED_STAGES+=("$name")
  echo "== $name: $passed passed, $failed failed, $skipped skipped in $((SECONDS - started)) s"
}

run_ci() {
  local stage stages=("$@")
  [[ $# -gt 0 ]] || stages=(tidy test lint asan tsan coverage sim proof)
  TOTAL_PASSED=0 TOTAL_FAILED=0 TOTAL_SKIPPED=0 FAILED_STAGES=()
  need_packages build sanitizers lint
  rm -rf build/ci
  mkdir -p build/ci
  for stage in "${stages[@]}"; do
    run_stage "$stage"
  done
  echo
  [[ ${#FAILED_STAGES[@]} -eq 0 ]] || echo "failed: ${FAILED_STAGES[*]}"
  echo "ci took $SECONDS s"
  echo "$TOTAL_PASSED passed, $TOTAL_FAILED failed, $TOTAL_SKIPPED skipped"
  [[ $TOTAL_FAILED -eq 0 ]]
}
