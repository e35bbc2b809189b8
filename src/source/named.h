/* Forms that are known by their beginning and not read, and what to do with each. */
#ifndef SOURCE_NAMED_H
#define SOURCE_NAMED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Is it one? p: what stands first in an input, n > 0 bytes. damaged: some of it could not be
 * unpacked. true: yes, and e says which form, and the way on. To be asked before readers are: the
 * text of some would look like rows.
 */
bool named_form(const char *p, size_t n, const char *path, bool damaged, struct err *e);

#endif
