/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Overlays: what the files of this family share. Functions that return int
 * return an exit status; what went wrong has been reported then.
 */
#ifndef BAOCTL_OVERLAY_H
#define BAOCTL_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "baoctl.h"

#define PAGE		0x1000u
#define MAX_DEPTH	32	/* of nodes, in any tree */
#define MAX_REGS	16	/* BAO_DM_MAX of the driver */
#define MAX_IRQS	32	/* BAO_IPC_MAX_EVENTS of the driver */
#define MAX_DEVICES	64
#define MAX_PATH	512
#define MAX_MEMORY	16	/* pieces of one node */

/**
 * struct blob - a tree in memory that can be changed
 * @fdt: the tree
 * @size: of the memory
 */
struct blob {
	void *fdt;
	int size;
};

/* overlay_file.c: a blob is whole and sound once it has been read. */
int blob_parse(struct blob *blob, const char *name, const void *data,
	       size_t size);
int blob_read(struct blob *blob, const char *path);
int blob_copy(struct blob *to, const struct blob *from, int spare);
void blob_free(struct blob *blob);
/*
 * The file appears when it is whole; what is no file is written to, and "-" is
 * standard output.
 */
int save(const char *path, const void *data, size_t size);

/**
 * struct span - a piece of the address space
 * @start: first address
 * @size: in bytes
 */
struct span {
	uint64_t start;
	uint64_t size;
};

bool spans_overlap(const struct span *a, const struct span *b);
bool span_holds(const struct span *outer, const struct span *inner);

/**
 * struct tree - a blob with an index of its nodes, in their order
 * @fdt: the blob; not ours
 * @num: how many nodes
 * @node: offset in the blob, and index of the parent (-1 for the root)
 */
struct tree {
	const void *fdt;
	int num;
	struct {
		int offset;
		int parent;
	} *node;
};

/**
 * struct irq - an interrupt of a node
 * @parent: index of its controller
 * @num: how many cells
 * @cell: as in the tree
 */
struct irq {
	int parent;
	int num;
	uint32_t cell[4];
};

/* overlay_tree.c: what a property says. */
int tree_index(struct tree *tree, const void *fdt);
void tree_free(struct tree *tree);
int tree_find(const struct tree *tree, int offset);
/* For people. */
const char *tree_path(const struct tree *tree, int n, char *path);
const void *tree_get(const struct tree *tree, int n, const char *name,
		     int *len);
bool tree_has(const struct tree *tree, int n, const char *property);
bool tree_is(const struct tree *tree, int n, const char *compatible);
bool tree_enabled(const struct tree *tree, int n);
int tree_cells(const struct tree *tree, int n, const char *name, int missing);
/* Number of spans (max is enough to know that there are more); -1 and *why */
int tree_regs(const struct tree *tree, int n, struct span *span, int max,
	      const char **why);
int tree_irqs(const struct tree *tree, int n, struct irq *irq, int max,
	      const char **why);
int tree_irq_parent(const struct tree *tree, int n);
int tree_phandle(const struct tree *tree, uint32_t phandle);
bool tree_is_gic(const struct tree *tree, int controller);
/* As Bao counts, -1 if it is none of those that Bao can send. */
int64_t irq_of_bao(const struct irq *irq);

/* What a device is for. */
enum kind {
	KIND_IPC,
	KIND_BACKEND,
	KIND_FRONTEND,
};

extern const char *const kind_names[];

/**
 * struct fact - an entry of Bao's configuration
 * @kind: what it describes
 * @shared: the memory
 * @window: of a frontend
 * @id: position
 * @num_irqs: how many
 * @irq: as Bao counts
 * @said_irqs: how many the configuration says
 * @read: offset and size of a channel
 * @write: the same
 * @label: or ""
 * @configured: from a configuration, not from the command line alone
 * @has_base: @shared.start has been given, and may be 0
 * @assumed: @read and @write have not
 */
struct fact {
	enum kind kind;
	struct span shared;
	struct span window;
	uint32_t id;
	unsigned int num_irqs;
	uint32_t irq[MAX_IRQS];
	uint64_t said_irqs;
	struct span read;
	struct span write;
	char label[32];
	bool configured;
	bool has_base;
	bool assumed;
};

struct facts {
	unsigned int num;
	struct fact fact[MAX_DEVICES];
};

/* overlay_facts.c: of an option's argument, "base=0xf0000000,size=...". */
int fact_parse(struct facts *facts, enum kind kind, char *text);
/* What has a usual value gets it; is the rest there? */
int fact_complete(struct fact *fact);
/* Two at one place would become one node. */
int facts_apart(const struct facts *facts);
/* As fact_complete(), for channels, of which a configuration says nothing. */
int fact_agree(struct fact *fact);

/* overlay_config.c: of the configuration itself. */
int facts_read(struct facts *facts, const char *path, const char *vm);

/* overlay_request.c: the options below; for struct option of getopt_long() */
enum {
	OPTION_IPC = 256,	/* and the others in the order of enum kind */
	OPTION_BACKEND,
	OPTION_FRONTEND,
	OPTION_CONFIG,
	OPTION_VM,
	OPTION_BASE,
	OPTION_INTC,
	OPTION_PARAM,
	OPTION_JSON,
	OPTION_SOURCE,
};

#define FACTS_OPTIONS \
	{ "config", required_argument, NULL, OPTION_CONFIG }, \
	{ "vm", required_argument, NULL, OPTION_VM }, \
	{ "ipc", required_argument, NULL, OPTION_IPC }, \
	{ "backend", required_argument, NULL, OPTION_BACKEND }, \
	{ "frontend", required_argument, NULL, OPTION_FRONTEND }

/**
 * struct facts_source - where facts come from
 * @config: configuration, or NULL
 * @vm: machine in it, or NULL
 * @setting: devices of the command line, which come after the configuration's
 * @kind: of each of them
 * @num: how many
 */
struct facts_source {
	const char *config;
	const char *vm;
	char *setting[MAX_DEVICES];
	enum kind kind[MAX_DEVICES];
	unsigned int num;
};

/* One option; getopt_long() has complained of what it does not know. */
int facts_option(struct facts_source *source, int option, char *argument);
/* All of them, complete but for channels. */
int facts_collect(struct facts *facts, const struct facts_source *source);

enum severity {
	WARNING,
	ERROR,
};

/* "warning" and "error" */
extern const char *const severity_names[];

/**
 * struct finding - something that is wrong
 * @severity: does it work all the same?
 * @rule: one word
 * @text: where and what, and what to do
 */
struct finding {
	enum severity severity;
	const char *rule;
	char text[512];
};

struct findings {
	unsigned int num;
	unsigned int errors;
	struct finding finding[64];
};

void find_fault(struct findings *findings, enum severity severity,
		const char *rule, const char *format, ...) FORMAT(4, 5);
/* Never NULL when there are errors. */
const struct finding *first_error(const struct findings *findings);
/* What does not keep a command from its work, once that is done. */
void remark_findings(const struct findings *findings);

/**
 * struct device - a node that is there because of Bao
 * @kind: what it is
 * @n: its index
 * @path: its path
 * @num_regs: how many
 * @reg: as the CPU sees them
 * @num_irqs: how many; -1 if they cannot be read, or mean this or that
 * @irq: its interrupts
 * @has_id: does it have a number of its own?
 * @id: that number
 * @has_channels: are @read and @write there?
 * @read: offset and size inside the first of @reg
 * @write: the same
 * @label: or NULL; inside the tree, and printable
 */
struct device {
	enum kind kind;
	int n;
	char path[MAX_PATH];
	int num_regs;
	struct span reg[MAX_REGS + 1];
	int num_irqs;
	struct irq irq[MAX_IRQS + 1];
	bool has_id;
	uint32_t id;
	bool has_channels;
	struct span read;
	struct span write;
	const char *label;
};

/**
 * struct check - what is known of a merged tree
 * @tree: the tree
 * @findings: what is wrong with it
 * @num: how many devices
 * @device: the devices
 */
struct check {
	struct tree tree;
	struct findings *findings;
	int num;
	struct device device[MAX_DEVICES];
};

/* overlay_device.c: the devices of a tree, less what cannot be read. */
void devices_collect(struct check *check);

/* overlay_rules.c, overlay_memory.c, overlay_pool.c, overlay_irq.c */
void check_ids(struct check *check);
void check_layout(struct check *check);
void check_frontends(struct check *check);
/* Where a frontend's buffers are; false when the tree does not say. */
bool pool_of(const struct tree *tree, const struct device *dev,
	     struct span *span);
void check_memory(struct check *check);
/* A child of /reserved-memory? */
bool is_reserved(const struct tree *tree, int n);
/* A memory node for which test(memory, span); -1. Is any of them not empty? */
int find_memory(const struct tree *tree, const struct span *span,
		bool (*test)(const struct span *, const struct span *),
		bool *any);
void check_irqs(struct check *check, bool guess);
bool same_irq(const struct irq *a, const struct irq *b);
/* overlay_compare.c */
void check_facts(struct check *check, const struct facts *facts);

/* overlay_sound.c: will libfdt stay inside of both? */
bool can_merge(const void *base, const void *overlay);

/* overlay_merge.c: is it an overlay? */
bool has_fragments(const void *fdt);
/* Before the merge; and the merge. */
void check_parts(struct findings *findings, const struct blob *base,
		 const struct blob *overlay);
/* -FDT_ERR_*; @merged is new. */
int merge(struct blob *merged, const struct blob *base,
	  const struct blob *overlay);

/* overlay_check.c: all of the above; false when there is no merged tree. */
bool check_all(struct check *check, struct findings *findings,
	       struct blob *merged, const struct blob *base,
	       const struct blob *overlay, const struct facts *facts);

/* overlay_param.c: NAME=VALUE of an overlay's __overrides__ */
int param_apply(struct blob *overlay, struct blob *base, const char *setting);

/* overlay_source.c: an overlay, or a tree, as source. */
void print_source(FILE *to, const void *fdt);

/* overlay_build.c: the blob of some facts, and a base for who has none */
int overlay_stand_in(struct blob *base, const char *controller);
int overlay_build(struct blob *overlay, const struct facts *facts,
		  const struct blob *base, const char *controller);

/* The commands. */
int overlay_make(int argc, char **argv);
int overlay_check(int argc, char **argv);
int overlay_apply(int argc, char **argv);
int overlay_show(int argc, char **argv);

#endif /* BAOCTL_OVERLAY_H */
