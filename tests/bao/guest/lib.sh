# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the scenarios share. A scenario defines two functions, backend and
# frontend, of which each guest runs the one that its role names. What is said
# goes to the kernel's log, each line by itself. On its way another guest, or the
# hypervisor, may write into it: so results end with a mark, and are repeated.
#
# From the kernel's command line: role, scenario, variant.
# shellcheck disable=SC2154

tests=0
tell=bed-$role:

say()
{
	echo "$tell $*"
}

note()
{
	say "note $*"
}

# record LINE: a result
record()
{
	tests=$((tests + 1))
	echo "$tell $tests $1 |" | tee -a /tmp/results
}

# result STATUS TEXT
result()
{
	if [ "$1" = 0 ]; then
		record "ok $2"
	else
		record "not ok $2"
	fi
}

# check TEXT COMMAND...: what it prints is shown if it fails
check()
{
	local text=$1 status=0

	shift
	"$@" >/tmp/check 2>&1 || status=$?
	result "$status" "$text"
	[ "$status" = 0 ] || sed "s/^/$tell note /" /tmp/check
}

# skip TEXT REASON...
skip()
{
	local text=$1

	shift
	record "skip $text: $*"
}

# misfit TEXT: this image is none for this bed; nothing else has a meaning
misfit()
{
	say "misfit $*"
	sleep 100000
}

# checks FILE: the lines of a program that says ok or not ok itself
checks()
{
	while read -r line; do
		case $line in
		"ok "* | "not ok "*) record "$line" ;;
		*) note "$line" ;;
		esac
	done <"$1"
}

# step N: our script has come to it; await N [SECONDS]: the other one has
step()
{
	bed set "$role" "$1"
}

await()
{
	local other=backend

	[ "$role" != backend ] || other=frontend
	bed wait "$other" "$1" "${2:-60}" >/tmp/await && return
	check "the $other comes to step $1" cat_fail /tmp/await
	finish
}

cat_fail()
{
	cat "$1"
	return 1
}

# within SECONDS COMMAND...: until the command succeeds
within()
{
	local end

	end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		usleep 50000
	done
}

drivers=/sys/bus/platform/drivers

# dm NAME, channel NAME: an attribute of device model 0, of channel 0; 0 where
# the module has none of that name, or is not bound
dm()
{
	cat "$drivers"/bao-io-dispatcher/*/dm0/"$1" 2>/dev/null || echo 0
}

channel()
{
	cat "$drivers"/bao-ipcshmem/*/ipc/"$1" 2>/dev/null || echo 0
}

# attributes DRIVER DIRECTORY: of its device, in one note
attributes()
{
	local file

	echo "$tell note $2:$(for file in "$drivers/$1"/*/"$2"/*; do
		[ ! -f "$file" ] || [ "${file##*/}" = release ] ||
			echo " ${file##*/}=$(tr '\n' ' ' <"$file")"
	done | tr -d '\n')"
}

# more COMMAND LIMIT: it prints that number or a greater one
more()
{
	[ "$($1)" -ge "$2" ]
}

load_module()
{
	insmod /bao.ko
}

# daemon: starts one, sets $daemon
daemon()
{
	bed serve >/tmp/serve 2>&1 &
	daemon=$!
}

# kill_daemon [SIGNAL]: sets $? to how it ended
kill_daemon()
{
	kill "-${1:-9}" "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
}

# goes_on ROUNDS SECONDS: the frontend makes so many rounds of accesses from now
# on; by the slow poll alone it makes none in four seconds
goes_on()
{
	bed wait rounds $(($(bed get rounds) + $1)) "$2"
}

# accesses STEP [NOTIFIES]: the frontend reads and writes, and notifies, until the
# backend has come to STEP, and nothing may be wrong; or in two parts, with what
# it does meanwhile in between
accesses()
{
	start_accesses "$@"
	judge_accesses
}

start_accesses()
{
	bed access "$@" >/tmp/access &
	access=$!
}

judge_accesses()
{
	wait "$access"
	checks /tmp/access
	check "no read was wrong" [ "$(bed get wrong)" = 0 ]
	check "no write was lost" [ "$(bed get lost)" = 0 ]
}

# last_heard: who listens has read the last number that was rung with
last_heard()
{
	[ "$(bed get last)" = "$(bed get rung)" ]
}

# begin: the devices are there and both guests are; else the image is no use
begin()
{
	# the memory of both may lie in wait for a guest that reads too much
	dmesg -n 7
	say "begin"
	case $scenario:$role in
	bench:backend) return ;;
	esac
	load_module 2>/tmp/insmod || misfit "insmod bao.ko: $(cat /tmp/insmod)"
	if ! within 10 [ -c /dev/baoipc0 ]; then
		misfit "no channel 0: $(dmesg | grep -m 1 'bao.*ipc')"
	fi
	[ "$role" = backend ] || return
	if ! within 10 [ -c /dev/bao-io-dispatcher ]; then
		misfit "no dispatcher: $(dmesg | grep -m 1 'bao.*dispatcher')"
	fi
}

# finish: says all of it again, twice, and how much there was; the machine is
# switched off from outside
finish()
{
	local text

	/complaints >/tmp/complaints
	result $? "no kernel warning"
	sed "s/^/$tell note /" /tmp/complaints
	for _ in 1 2; do
		while read -r text; do
			echo "$text"
		done </tmp/results
		say "end $tests |"
	done
	sleep 100000
}
