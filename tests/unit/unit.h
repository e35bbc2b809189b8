/* What every program of unit tests begins with. They run from the top folder. */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

/* cmocka wants these four before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "digest/digest.h"

/* Lines of a .zst fixture; to be closed with pclose. */
static inline FILE *
unit_lines(const char *name)
{
	char cmd[256];
	FILE *f;

	snprintf(cmd, sizeof cmd, "zstd -dcq fixtures/vectors/%s", name);
	f = popen(cmd, "r");
	assert_non_null(f);
	return f;
}

/* SHA-256 in hex. */
static inline void
unit_digest(const void *p, size_t n, char out[65])
{
	struct sha256 *s = sha256_new();
	uint8_t d[32];

	sha256_once(s, p, n, d);
	sha256_free(s);
	hex_of(d, 32, out);
}

#endif
