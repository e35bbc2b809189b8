#ifndef CMD_ANALYZE_REMEMBER_H
#define CMD_ANALYZE_REMEMBER_H

#include "cmd/analyze/memory_file.h"

/*
 * Takes what was proven into v->memory and saves it; says on stderr what is remembered, and what is
 * not, and why. 0; EX_KEPT_ASIDE: some log was not; else the exit status of a failure (printed).
 */
int remember(struct evidence *v, const struct verification *x, struct memory_file *file);

#endif
