/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BAOCTL_DM_H
#define BAOCTL_DM_H

/* The family "dm". */
int baoctl_dm_list(int argc, char **argv);
int baoctl_dm_trace(int argc, char **argv);

#endif /* BAOCTL_DM_H */
