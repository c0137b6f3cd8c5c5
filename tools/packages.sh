# Debian packages: which purpose needs which, and how the missing ones get here. Sourced by ./dev.
#
# need_packages PURPOSE… asks dpkg, installs what is missing through apt-get (as root, or with sudo
# for that one command), and ends the script with status 2 and the command to run when it may not.

# `build` is also what the tests need, so that `./dev demo` and `./dev test` set up once.
declare -A PACKAGES=(
  [build]="g++ cmake ninja-build ccache python3 netcat-openbsd iproute2 libfaketime nftables
    xfsprogs
    libboost1.81-dev libboost-json1.81-dev libcli11-dev libfmt-dev libgtest-dev librapidcheck-dev
    librocksdb-dev libsimdjson-dev libspdlog-dev"
  [bench]="strace"
  [sanitizers]="clang-19 libclang-rt-19-dev llvm-19"
  [coverage]="clang-19 libclang-rt-19-dev llvm-19"
  [tidy]="python3"
  [fmt]="clang-format-19"
  [lint]="clang-tidy-19"
)

# The system's own Python, never one that happens to be first in PATH.
PYTHON=/usr/bin/python3

APT_LOG=build/apt.log

missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f='${binary:Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    sed -n 's/^\([^: ]*\)[^ ]* installed$/\1/p' || true)
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

note_system() {
  local system='an unknown system'
  [[ ! -r /etc/os-release ]] || system=$(. /etc/os-release && echo "${ID:-?} ${VERSION_ID:-}")
  [[ $system == "debian 12" ]] ||
    echo "note: this is $system, not Debian 12, on which Muster is built and tested; going on" >&2
}

# What apt-get itself says it would do: "57.1 MB to download, 245 MB on disk". Needs no rights.
install_size() {
  LC_ALL=C apt-get --assume-no --no-install-recommends -o Debug::NoLocking=1 install "$@" \
    2>/dev/null </dev/null | sed -nE \
    -e 's/^Need to get ([0-9.,]+ .?B)(\/.*)? of archives\.$/\1 to download/p' \
    -e 's/^After this operation, ([0-9.,]+ .?B) of additional disk space.*/\1 on disk/p' |
    paste -sd, | sed 's/,\([^,]*\)$/, \1/' || true
}

# Shows apt's progress as one counter, so that a newcomer sees something move; the log has the rest.
install_progress() {
  local line total=0 done=0
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$APT_LOG"
    case $line in
      *" newly installed, "*) total=$(sed -E 's/.* ([0-9]+) newly installed.*/\1/' <<<"$line") ;;
      "Setting up "*)
        done=$((done + 1))
        if [[ -t 2 ]]; then
          printf '\r[%d/%d] %-60.60s' "$done" "$total" "${line% ...}" >&2
        elif ((done % 25 == 0)); then
          printf '[%d/%d] packages set up\n' "$done" "$total" >&2
        fi
        ;;
    esac
  done
  [[ ! -t 2 ]] || printf '\r%-75s\r' '' >&2
}

may_use_sudo() {
  command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }
}

command_by_hand() {
  echo "  apt-get update && apt-get install -y --no-install-recommends $*" >&2
}

install_packages() {
  local as=() settings=(-y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  if [[ $(id -u) -ne 0 ]]; then
    if ! may_use_sudo; then
      echo "missing, and this user may not install it; run as root:" >&2
      command_by_hand "$@"
      exit 2
    fi
    as=(sudo DEBIAN_FRONTEND=noninteractive)
  fi
  mkdir -p build
  export DEBIAN_FRONTEND=noninteractive
  echo "missing: $*" >&2
  if ! "${as[@]}" apt-get update -qq -o DPkg::Lock::Timeout=300 >"$APT_LOG" 2>&1; then
    echo "apt-get update failed; going on with the lists that are here:" >&2
    tail -n 3 "$APT_LOG" >&2
  fi
  echo "installing them through apt-get: $(install_size "$@")" >&2
  if ! LC_ALL=C "${as[@]}" apt-get install "${settings[@]}" "$@" </dev/null 2>&1 |
    install_progress; then
    echo "apt-get install failed; the end of $APT_LOG:" >&2
    tail -n 15 "$APT_LOG" >&2
    echo "To try by hand, as root:" >&2
    command_by_hand "$@"
    exit 2
  fi
}

need_packages() {
  local purpose word wanted=() missing
  for purpose in "$@"; do
    for word in ${PACKAGES[$purpose]}; do
      wanted+=("$word")
    done
  done
  note_system
  if ! command -v dpkg-query >/dev/null; then
    echo "note: no dpkg to ask; needed are the equivalents of: ${wanted[*]}" >&2
    return
  fi
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  [[ ${#missing[@]} -eq 0 ]] || install_packages "${missing[@]}"
}
