#!/bin/sh
# Sets up what the npm scripts need: checks the tool chains, installs Debian packages, npm and Python dependencies.
# usage: setup.sh [demo|test]    Done once; a second run only looks.
set -eu
cd "$(dirname "$0")/../.."
goal=${1:-demo}
say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# at_least NAME FOUND WANTED HOW: versions are compared part by part.
at_least() {
	[ -n "$2" ] || fail "$1 is missing; lbc needs $1 $3 or later. Install it: $4"
	[ "$(printf '%s\n%s\n' "$3" "$2" | sort -V | head -n 1)" = "$3" ] || fail "$1 $2 is too old; lbc needs $3 or later. Install it: $4"
}
first_version() { sed -n 's/[^0-9]*\([0-9][0-9.]*\).*/\1/p' | head -n 1; }
[ "$(uname -s)" = Linux ] || fail "the demo and the tests load BPF programs: they need Linux"
at_least node "$( (node --version 2>/dev/null || true) | first_version)" 18 "apt-get install nodejs npm"
at_least npm "$( (npm --version 2>/dev/null || true) | first_version)" 8 "apt-get install npm"
at_least go "$( (go version 2>/dev/null || true) | sed 's/^go version//' | first_version)" 1.25 "unpack go 1.25 or later from https://go.dev/dl into /usr/local and put /usr/local/go/bin on the PATH"
at_least cargo "$( (cargo --version 2>/dev/null || true) | first_version)" 1.85 "rustup toolchain install stable (rustup: https://rustup.rs)"
at_least python3 "$( (python3 --version 2>/dev/null || true) | first_version)" 3.9 "apt-get install python3"

# Debian and Ubuntu packages, by what they are for.
older=
packages="gcc libc6-dev make pkg-config libatomic1 libelf-dev zlib1g-dev libbpf-dev libdw-dev"
packages="$packages autoconf automake autopoint gettext flex bison gawk"
python3 -m ensurepip --version >/dev/null 2>&1 || packages="$packages python3-venv"
if [ "$goal" = test ]; then
	packages="$packages g++ cmake iproute2 libbpf-tools qemu-system-x86 busybox-static cpio debian-archive-keyring time xz-utils lz4"
	older="clang-14 clang-16" # lbc.h compiles with them too; not every distribution has them
fi
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
offered() { [ -n "$(apt-cache policy "$1" 2>/dev/null | sed -n 's/ *Candidate: \([^(].*\)/\1/p')" ]; }
if command -v dpkg-query >/dev/null 2>&1; then
	missing=
	for package in $packages; do installed "$package" || missing="$missing $package"; done
	for package in $older; do installed "$package" || ! offered "$package" || missing="$missing $package"; done
	# Debian 12's plain clang is 14: the newest that the distribution has is taken, with the formatter of the same version.
	clang=
	for version in 19 18; do installed clang-$version && clang=$version && break; done
	[ -n "$clang" ] && { [ "$goal" != test ] || installed "clang-format-$clang"; } || missing="$missing clang"
	[ "$goal" != test ] || command -v bpftool >/dev/null 2>&1 || missing="$missing bpftool"
	if [ -n "$missing" ]; then
		[ "$(id -u)" = 0 ] && root= || root=$(command -v sudo || true)
		if [ "$(id -u)" != 0 ] && [ -z "$root" ]; then
			fail "these Debian packages are missing and neither root nor sudo is at hand; run: apt-get install$missing"
		fi
		say "installing Debian packages:$missing"
		$root apt-get -q update >.lbc-apt.log 2>&1 || { cat .lbc-apt.log >&2; fail "apt-get update failed"; }
		wanted=
		for package in $older; do ! offered "$package" || wanted="$wanted $package"; done
		for package in $missing; do
			case "$package" in
			clang)
				for version in 19 18; do
					offered clang-$version && break
				done
				wanted="$wanted clang-$version llvm-$version"
				[ "$goal" != test ] || wanted="$wanted clang-format-$version"
				;;
			bpftool) offered bpftool && wanted="$wanted bpftool" || wanted="$wanted linux-tools-common linux-tools-generic" ;;
			*) wanted="$wanted $package" ;;
			esac
		done
		$root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $wanted >.lbc-apt.log 2>&1 ||
			{ tail -n 20 .lbc-apt.log >&2; fail "apt-get install failed"; }
		rm -f .lbc-apt.log
	fi
else
	say "no dpkg here: install the counterparts of: $packages clang"
fi

# done_for NAME FILE...: whether NAME was set up from these very files.
mkdir -p .lbc/setup
stamp_of() { cat "$@" | cksum; }
done_for() { name=$1; shift; [ "$(cat ".lbc/setup/$name" 2>/dev/null)" = "$(stamp_of "$@")" ]; }
mark() { name=$1; shift; stamp_of "$@" >".lbc/setup/$name"; }

if ! done_for npm package-lock.json || [ ! -d node_modules ]; then
	say "installing npm packages (npm ci)"
	npm ci --no-audit --no-fund --loglevel=error >&2
	mark npm package-lock.json
fi
if ! done_for python tools/setup/requirements.txt || [ ! -x .lbc/venv/bin/python ]; then
	say "installing Python packages into .lbc/venv"
	[ -x .lbc/venv/bin/python ] || python3 -m venv .lbc/venv
	.lbc/venv/bin/pip install -q --disable-pip-version-check -r tools/setup/requirements.txt >&2
	mark python tools/setup/requirements.txt
fi

# What the kernel offers through file systems that a bare machine may not have mounted.
if [ "$(id -u)" = 0 ]; then
	[ -d /sys/kernel/tracing/events ] || { say "mounting tracefs"; mount -t tracefs tracefs /sys/kernel/tracing || true; }
	mountpoint -q /sys/fs/bpf || { say "mounting bpffs"; mount -t bpf bpf /sys/fs/bpf || true; }
fi
