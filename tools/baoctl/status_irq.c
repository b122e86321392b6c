// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts, and the mistake that nearly everybody makes once: Bao counts
 * those of the GIC from 0, the device tree counts SPIs from 32.
 */
#include <stdio.h>
#include <string.h>

#include "findings.h"
#include "model.h"
#include "status.h"

#define FIRST_SPI	32

static bool is_spi(struct json_object *of)
{
	return !strncmp(get_string(of, "chip"), "GIC", 3) &&
	       get_number(of, "hwirq") >= FIRST_SPI;
}

void describe_irq(struct json_object *of, char *text, size_t size)
{
	long long hwirq = get_number(of, "hwirq");

	if (!has(of, "hwirq"))
		snprintf(text, size, "its interrupt");
	else if (is_spi(of))
		snprintf(text, size, "interrupt %lld (<0 %lld 1> in the device "
			 "tree)", hwirq, hwirq - FIRST_SPI);
	else
		snprintf(text, size, "interrupt %lld", hwirq);
}

void check_revivals(struct json_object *of, const char *about)
{
	long long n = get_number(of, "revivals");

	if (n)
		note(about, "the interrupt controller lost its line %lld times, "
		     "and it was brought back", n);
}

void try_irq(struct json_object *of)
{
	long long hwirq = get_number(of, "hwirq");

	if (!has(of, "hwirq")) {
		try("interrupts in the device tree: Bao's configuration has "
		    "GIC INTIDs (SPI + 32), the device tree SPI numbers; INTID "
		    "52 is <0 20 1>");
		return;
	}
	try("Bao's configuration has to name interrupt %lld for it", hwirq);
	if (is_spi(of) && hwirq >= 2 * FIRST_SPI)
		try("if it names %lld, the device tree is wrong: it counts "
		    "from 32, Bao from 0; write <0 %lld 1> there",
		    hwirq - FIRST_SPI, hwirq - 2 * FIRST_SPI);
}
