/* What a person reads on a terminal: wrapped to its width, with the local time beside UTC, and
 * colour on the words of states (formats/output.md O-19). */
#ifndef CMD_SCREEN_H
#define CMD_SCREEN_H

#include <stdbool.h>

#include "base/zone.h"

struct screen_wish {
	unsigned width;          /* columns; 0: lines are as long as they are */
	const struct zone *zone; /* NULL: UTC alone */
	bool colour;             /* of a verdict's states */
};

/* Columns of the terminal that a descriptor is, as COLUMNS or the terminal says; 0: it is none. To
 * be asked before a sandbox says that there is none. */
unsigned screen_width(int fd);
/* From now on what is printed to stdout passes through here, line by line. Nothing changes where
 * nothing is wished for. -1: no memory. */
int screen_begin(const struct screen_wish *w);
/* Prints what is left, and stdout is as before. -1: it could not be written. */
int screen_end(void);

#endif
