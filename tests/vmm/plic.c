// SPDX-License-Identifier: GPL-2.0-only
/* One context for each CPU. A line that rises stays pending until claimed. */
#include <string.h>

#include "plic.h"

#define REG_ENABLE	0x2000u
#define ENABLE_STRIDE	0x80u
#define REG_CONTEXT	0x200000u
#define CONTEXT_STRIDE	0x1000u
#define CONTEXT_CLAIM	4u

void plic_init(struct plic *plic, unsigned int nr_contexts,
	       const struct plic_host *host)
{
	memset(plic, 0, sizeof(*plic));
	pthread_mutex_init(&plic->lock, NULL);
	plic->nr_contexts = nr_contexts;
	plic->host = *host;
}

/* The source that @context is to handle next; 0 for none. */
static unsigned int highest(const struct plic *plic,
			    const struct plic_context *context)
{
	uint32_t above = context->threshold;
	unsigned int found = 0;

	for (unsigned int i = 1; i < PLIC_SOURCES; i++) {
		const struct plic_source *source = &plic->source[i];

		if (!source->pending || source->active ||
		    !(context->enable[i / 32] >> i % 32 & 1) ||
		    source->priority <= above)
			continue;
		above = source->priority;
		found = i;
	}
	return found;
}

static void update(struct plic *plic)
{
	for (unsigned int i = 0; i < plic->nr_contexts; i++) {
		struct plic_context *context = &plic->context[i];
		bool level = highest(plic, context);

		if (level == context->level)
			continue;
		context->level = level;
		plic->host.irq(plic->host.ctx, i, level);
	}
}

static uint32_t claim(struct plic *plic, const struct plic_context *context)
{
	unsigned int i = highest(plic, context);

	if (i) {
		plic->source[i].pending = false;
		plic->source[i].active = true;
	}
	return i;
}

static void complete(struct plic *plic, uint32_t i)
{
	if (i >= PLIC_SOURCES || !plic->source[i].active)
		return;
	plic->source[i].active = false;
	if (plic->source[i].level)
		plic->source[i].pending = true;
}

/* The word of @reg, where reading and writing are alike; NULL elsewhere. */
static uint32_t *find_word(struct plic *plic, uint64_t reg)
{
	uint64_t i;

	if (reg < 4 * PLIC_SOURCES)
		return &plic->source[reg / 4].priority;
	if (reg >= REG_CONTEXT) {
		i = (reg - REG_CONTEXT) / CONTEXT_STRIDE;
		return i < plic->nr_contexts ? &plic->context[i].threshold : NULL;
	}
	if (reg < REG_ENABLE)
		return NULL;
	i = (reg - REG_ENABLE) / ENABLE_STRIDE;
	reg = (reg - REG_ENABLE) % ENABLE_STRIDE / 4;
	if (i >= plic->nr_contexts || reg >= PLIC_SOURCES / 32)
		return NULL;
	return &plic->context[i].enable[reg];
}

/* The context whose claim register @reg is; NULL for another. */
static struct plic_context *find_claim(struct plic *plic, uint64_t reg)
{
	uint64_t i = (reg - REG_CONTEXT) / CONTEXT_STRIDE;

	if (reg < REG_CONTEXT || i >= plic->nr_contexts ||
	    reg % CONTEXT_STRIDE != CONTEXT_CLAIM)
		return NULL;
	return &plic->context[i];
}

uint32_t plic_read(struct plic *plic, uint64_t reg)
{
	struct plic_context *context = find_claim(plic, reg);
	uint32_t *word = find_word(plic, reg);
	uint32_t value = 0;

	pthread_mutex_lock(&plic->lock);
	if (context)
		value = claim(plic, context);
	else if (word)
		value = *word;
	update(plic);
	pthread_mutex_unlock(&plic->lock);
	return value;
}

void plic_write(struct plic *plic, uint64_t reg, uint32_t value)
{
	uint32_t *word = find_word(plic, reg);

	pthread_mutex_lock(&plic->lock);
	if (find_claim(plic, reg))
		complete(plic, value);
	else if (word)
		*word = value;
	update(plic);
	pthread_mutex_unlock(&plic->lock);
}

void plic_irq(struct plic *plic, unsigned int source, bool level)
{
	pthread_mutex_lock(&plic->lock);
	if (level && !plic->source[source].level)
		plic->source[source].pending = true;
	plic->source[source].level = level;
	update(plic);
	pthread_mutex_unlock(&plic->lock);
}
