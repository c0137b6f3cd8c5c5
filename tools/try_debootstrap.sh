#!/usr/bin/env bash
# Tries a command as a newcomer would: in a fresh Debian 12 with git and a clone of HEAD, no more.
#
#   tools/try_debootstrap.sh root COMMAND…   e.g. root ./dev demo
#   tools/try_debootstrap.sh user COMMAND…   as a user without sudo: must be refused with status 2
#                                            and the one command to run, and work after root ran it
#
# Needs root, debootstrap, and an apt configuration on this machine that reaches a Debian mirror; it
# is copied. The system is made under TRY_DIR (default /var/tmp/muster-try), a pristine one is kept
# there for the next time, and everything that was started dies with the script.
set -euo pipefail

usage() {
  sed -n '2,10p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//' >&2
  exit 2
}

[[ $# -ge 2 && ($1 == root || $1 == user) ]] || usage
who=$1
shift
[[ $(id -u) -eq 0 ]] || { echo "debootstrap and chroot need root" >&2; exit 2; }
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
dir=${TRY_DIR:-/var/tmp/muster-try}
pristine=$dir/pristine
system=$dir/$who

debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' | head -n 1
}

make_pristine() {
  [[ ! -e $pristine/.complete ]] || return 0
  rm -rf "$pristine"
  mkdir -p "$dir"
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$pristine" \
    "$(debian_mirror)" >"$dir/debootstrap.log"
  apt-config dump | grep '^Acquire::' >"$pristine/etc/apt/apt.conf.d/90host"
  touch "$pristine/.complete"
}

# Runs in the system, in mount and process namespaces of its own: nothing it starts or mounts stays.
inside() {
  local as=$1
  shift
  unshare --mount --pid --fork --kill-child bash -euc '
    system=$1 as=$2
    shift 2
    mount -t proc proc "$system/proc"
    mount --rbind /dev "$system/dev"
    mount -t tmpfs tmpfs "$system/tmp"
    chmod 1777 "$system/tmp"
    exec chroot --userspec="$as" "$system" \
      /usr/bin/env -i HOME=/home/newcomer TERM="${TERM:-dumb}" \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      bash -euc "cd /home/newcomer/muster && exec \"\$@\"" - "$@"
  ' - "$system" "$as" "$@"
}

make_system() {
  rm -rf "$system"
  cp -a --reflink=auto "$pristine" "$system"
  cp /etc/resolv.conf "$system/etc/resolv.conf"
  chroot "$system" useradd -m newcomer
  git -c safe.directory="$PWD" clone -q --no-hardlinks "$PWD" "$system/home/newcomer/muster"
  [[ $who == root ]] && chroot "$system" chown -R root: /home/newcomer ||
    chroot "$system" chown -R newcomer: /home/newcomer
}

make_pristine
make_system
before=$(du -sm "$system" | cut -f 1)
if [[ $who == root ]]; then
  time inside root "$@"
else
  echo "== as a user without rights; must be refused:"
  status=0
  refusal=$(inside newcomer "$@" 2>&1) || status=$?
  echo "$refusal"
  [[ $status -eq 2 ]] || { echo "ended with status $status, not 2" >&2; exit 1; }
  command=$(grep -E '^  apt-get update ' <<<"$refusal")
  echo "== as root, the command it printed"
  inside root env DEBIAN_FRONTEND=noninteractive bash -c "$command" >"$dir/apt.log" 2>&1
  echo "== as the user again"
  time inside newcomer "$@"
fi
echo "== done; the system grew from $before to $(du -sm "$system" | cut -f 1) MB"
