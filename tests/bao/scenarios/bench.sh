# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# What a register read that a daemon answers and a QueueNotify cost the
# frontend: by the floor (a handler that asks and completes) and by bao.ko, in
# turns, so that whatever else the machine does hits both; and last by the
# published driver, where it was given, for that cannot be removed again. The
# boots follow each other, so that it is in turns as well.
#
# budget 200
# boot first nohlt
# boot second nohlt
# boot third nohlt

turns=6
count=1000

# order: who is measured, one after the other
order()
{
	for _ in $(seq $turns); do
		echo floor ours
	done
	[ ! -e /published.ko ] || seq $turns | sed 's/.*/published/'
}

# who: each of them once
who()
{
	order | tr ' ' '\n' | sort -u
}

backend()
{
	n=0
	for which in $(order); do
		n=$((n + 1))
		"start_$which"
		step $n
		await $n 60
		"stop_$which"
	done
}

start_floor()
{
	insmod /floor.ko
}

stop_floor()
{
	rmmod floor
}

start_ours()
{
	load_module
	daemon
}

stop_ours()
{
	note "turn $n: $(dm storms) brakes in $(dm interrupts) interrupts"
	kill_daemon TERM
	rmmod bao
}

start_published()
{
	grep -q dispatcher /proc/modules && return
	insmod /published.ko
	daemon
}

stop_published()
{
	:
}

frontend()
{
	n=0
	for which in $(order); do
		n=$((n + 1))
		await $n 60
		bed clock $count | sed "s/^/$which-/" >>/tmp/clock
		step $n
	done
	for kind in read notify; do
		for which in $(who); do
			note "figure $which-$kind: median $(median "$which-$kind" 2) ns," \
				"minimum $(least "$which-$kind") ns, medians of $turns x $count"
		done
		note "figure $kind: ours / floor $(ratio ours floor $kind)"
		[ ! -e /published.ko ] ||
			note "figure $kind: ours / published $(ratio ours published $kind)"
	done
	check "a notify costs at most 1.10 times the floor" \
		at_most ours floor notify 1.10
	if [ -e /published.ko ]; then
		check "a notify costs less than the published driver's" \
			at_most ours published notify 0.9999
		check "a read costs less than the published driver's" \
			at_most ours published read 0.9999
	else
		skip "cheaper than the published driver" "none was given (--published)"
	fi
}

# median NAME FIELD
median()
{
	awk -v name="$1" -v field="$2" '$1 == name { print $field }' /tmp/clock |
		sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

least()
{
	awk -v name="$1" '$1 == name { print $3 }' /tmp/clock | sort -n | head -n 1
}

ratio()
{
	awk -v a="$(median "$1-$3" 2)" -v b="$(median "$2-$3" 2)" \
		'BEGIN { printf "%.2f\n", a / b }'
}

# at_most WHO WHOM KIND RATIO
at_most()
{
	awk -v a="$(median "$1-$3" 2)" -v b="$(median "$2-$3" 2)" -v r="$4" \
		'BEGIN { print a, b; exit !(a > 0 && b > 0 && a <= b * r) }'
}
