// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floor on real Bao: a handler that asks, completes, and does nothing else.
 * Device model 0 alone; what bao.ko and its daemon cost above this is theirs.
 */

#include <linux/interrupt.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#define FLOOR_ASK	2
#define FLOOR_READ	1

/**
 * struct floor_call - the remote I/O call's registers, both ways
 * @result: what Bao says
 * @addr: of the access
 * @op: what to do; of the access
 * @value: of the access
 * @request: its id
 * @more: another one is queued
 */
struct floor_call {
	unsigned long result;
	unsigned long addr;
	unsigned long op;
	unsigned long value;
	unsigned long request;
	unsigned long more;
};

#if defined(CONFIG_ARM64)
#include <linux/arm-smccc.h>

static void floor_remio(struct floor_call *call)
{
	struct arm_smccc_1_2_regs in = {
		.a0 = 0xc6000002, .a2 = call->addr, .a3 = call->op,
		.a4 = call->value, .a5 = call->request,
	}, out;

	arm_smccc_1_2_hvc(&in, &out);
	*call = (struct floor_call){
		.result = out.a0, .addr = out.a1, .op = out.a2,
		.value = out.a3, .request = out.a5, .more = out.a6,
	};
}
#elif defined(CONFIG_RISCV)
static void floor_remio(struct floor_call *call)
{
	register unsigned long a0 asm("a0") = 0;
	register unsigned long a1 asm("a1") = call->addr;
	register unsigned long a2 asm("a2") = call->op;
	register unsigned long a3 asm("a3") = call->value;
	register unsigned long a4 asm("a4") = call->request;
	register unsigned long a5 asm("a5") = 0;
	register unsigned long a6 asm("a6") = 2;
	register unsigned long a7 asm("a7") = 0x08000ba0;

	asm volatile("ecall"
		     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4),
		       "+r"(a5), "+r"(a6), "+r"(a7) : : "memory");
	*call = (struct floor_call){
		.result = a1, .addr = a2, .op = a3, .value = a4,
		.request = a6, .more = a7,
	};
}
#endif

/* Fetch and complete while there is more. */
static irqreturn_t floor_irq(int irq, void *data)
{
	unsigned long more;

	do {
		struct floor_call call = { .op = FLOOR_ASK };

		floor_remio(&call);
		if (call.result)
			break;
		more = call.more;
		if (call.op == FLOOR_READ)
			call.value = 0;
		floor_remio(&call);
	} while (more);
	return IRQ_HANDLED;
}

static int floor_probe(struct platform_device *pdev)
{
	int ret, irq = platform_get_irq(pdev, 0);

	if (irq < 0)
		return irq;
	ret = devm_request_irq(&pdev->dev, irq, floor_irq, 0, "floor", pdev);
	/* what came before is not announced again */
	if (!ret)
		floor_irq(irq, pdev);
	return ret;
}

static const struct of_device_id floor_match[] = {
	{ .compatible = "bao,io-dispatcher" },
	{ }
};
MODULE_DEVICE_TABLE(of, floor_match);

static struct platform_driver floor_driver = {
	.probe = floor_probe,
	.driver = { .name = "floor", .of_match_table = floor_match },
};
module_platform_driver(floor_driver);

MODULE_DESCRIPTION("What remote I/O costs on Bao at least");
MODULE_LICENSE("GPL");
