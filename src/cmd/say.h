/* What is said on stderr: errors, notes, and what was meant instead. The sentences of cli.h go
 * through here. */
#ifndef CMD_SAY_H
#define CMD_SAY_H

#include "cmd/cli.h"

/* A line, which is harmless already; wrapped at blanks to a width, 0: to none. */
void say_line(const char *p, size_t n, unsigned width);
/* Edit distance, whatever the case; small words only. */
unsigned word_distance(const char *a, const char *b);

#endif
