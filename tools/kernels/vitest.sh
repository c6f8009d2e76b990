#!/bin/sh
# Runs test files with vitest in a guest: vitest.sh NODE FILE…
# Node crashes in QEMU now and then (see probes.ts): files during which it did are run again, three times at most; no other failure is.
node=$1
shift
log=/run/vitest.log
failed=0
crashes=0
while :; do
	"$node" node_modules/vitest/vitest.mjs run --no-color --reporter=verbose --maxWorkers=1 "$@" >$log 2>&1
	code=$?
	# Of vitest itself: what was tested until then is tested again. Of a process for one file: the others are done.
	crashed=
	if [ $code -ge 128 ]; then
		crashed=$*
	else
		cat $log
		crashed=$(sed -n 's/.*Worker exited unexpectedly.*while running test file //p' $log | sort -u)
		if [ -z "$crashed" ] && [ $code != 0 ] || grep -q '^ *FAIL ' $log; then failed=1; fi
	fi
	[ -n "$crashed" ] || exit $failed
	crashes=$((crashes + 1))
	echo "Node crashed ($code) at $crashed"
	[ $crashes -le 3 ] || exit 1
	# shellcheck disable=SC2086 # a path a word
	set -- $crashed
done
