/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the integrator reads.
 */
#ifndef SMOKE_REPORT_H
#define SMOKE_REPORT_H

#define FORMAT(f, a)	__attribute__((format(printf, f, a)))

void ok(const char *format, ...) FORMAT(1, 2);
void note(const char *format, ...) FORMAT(1, 2);
/* Something is wrong; try() says what to do about it. */
void problem(const char *format, ...) FORMAT(1, 2);
void try(const char *format, ...) FORMAT(1, 2);
/* Prints the sums and returns the exit code. */
int report_end(void);

#endif /* SMOKE_REPORT_H */
