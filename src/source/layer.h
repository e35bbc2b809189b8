/* What lies around the text of an input: gzip, zstd, bzip2, xz, one in the other; UTF-16; a byte
 * order mark. */
#ifndef SOURCE_LAYER_H
#define SOURCE_LAYER_H

#include <stdbool.h>
#include <sys/types.h>

struct layers;

enum layer_fault {
	LAYER_FINE,
	LAYER_READ,   /* what is below could not be read: its own words */
	LAYER_CUT,    /* packed bytes end before their end */
	LAYER_DAMAGED /* packed bytes that are none, or are wrong */
};

/*
 * more gives the next piece of the bytes as they stand, 0 at the end, -1 with the reason. Members
 * that are packed
 * are unpacked one after the other, plain bytes behind the last of them are given as they are,
 * zeros between and
 * behind them are left out: nothing else of the input gets lost here. NULL: no memory.
 */
struct layers *layers_new(ssize_t (*more)(void *arg, const void **ret, char why[400]), void *arg);
/* As more. After -1, what was unpacked before it has been given, and *fault says what it was. */
ssize_t layers_more(struct layers *l, const void **ret, char why[400], enum layer_fault *fault);
/* How often the text went from UTF-8 to UTF-16, or back. NULL: 0. */
unsigned layers_changes(const struct layers *l);
void layers_free(struct layers *l);

/* Unpacks gzip held in memory into at most max bytes. -1: it is none, is cut off, or is longer. */
ssize_t layer_gunzip(const void *p, size_t n, void *to, size_t max);

#endif
