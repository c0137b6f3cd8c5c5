# CMake trees under build/: release (g++), asan and tsan (clang 19). Sourced by ./dev.

# ccache finds an object again from another checkout of the same sources.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

cores() { echo "${MUSTER_JOBS:-$(nproc)}"; }

# C++ sources, zero-terminated: those git knows or would add, so that build trees and checkouts
# inside stay out.
cpp_files() { git ls-files -z --cached --others --exclude-standard -- '*.cc' '*.h'; }

# Without a terminal ninja prints a line a file: every tenth part is enough, and whatever is no
# progress.
thin_progress() {
  local line next=0
  while IFS= read -r line; do
    case $line in
      "ninja: Entering directory"* | "ninja: no work to do." | *"Re-checking globbed directories"*)
        continue
        ;;
    esac
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      ((BASH_REMATCH[1] * 100 / BASH_REMATCH[2] >= next)) || continue
      next=$((BASH_REMATCH[1] * 100 / BASH_REMATCH[2] + 10))
    fi
    printf '%s\n' "$line"
  done
}

# build_tree NAME TARGET…: configures build/NAME from its preset if need be and builds the targets.
build_tree() {
  local name=$1 log=build/$1.configure.log
  shift
  mkdir -p build
  if ! cmake --preset "$name" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  if [[ -t 1 ]]; then
    NINJA_STATUS='[%f/%t] ' ninja -C "build/$name" -j"$(cores)" "$@"
  else
    NINJA_STATUS='[%f/%t] ' ninja -C "build/$name" -j"$(cores)" "$@" | thin_progress
  fi
}

build_release() {
  need_packages build
  build_tree release "$@"
}
