/*
 * A zip that somebody hands over: a bundle (formats/bundle.md X-7). What a zip may say beside the
 * bytes of files (links, passwords, places outside of it, a name twice for one reader and another
 * name for the next) is refused with the name that says so, before anything is unpacked.
 */
#ifndef CMD_ZIPPED_H
#define CMD_ZIPPED_H

#include <minizip/unzip.h>
#include <minizip/zip.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define ZIPPED_NAME 600u          /* bytes of a name, with its folders and a NUL */
#define ZIPPED_MOST 1000000u      /* entries */
#define ZIPPED_RATIO 100u         /* all of it, unpacked, for each byte of the zip */
#define ZIPPED_FREE (64ull << 20) /* bytes that any zip may unpack to */

struct zipped {
	unzFile zip;
	int fd; /* the caller's */
	const char *path;
	uint64_t left; /* bytes that may still be unpacked */
	uint64_t n;    /* entries that were looked at */
	/* of the entry that zipped_next came to */
	char name[ZIPPED_NAME];
	bool folder; /* it holds no bytes; its name ends with `/` */
	uint64_t bytes, read;
};

/* fd: open for reading, at any place. path: for messages. 0 or -1 (e: 65: it is no zip). To be
 * closed in any case. */
int zipped_open(struct zipped *z, int fd, const char *path, struct err *e);
/* The next entry, the first one first. 1; 0: there is none; -1 (e: 65 and the name). */
int zipped_next(struct zipped *z, struct err *e);
/* Its next bytes, at most n. How many; 0: that was all, and its CRC fits; -1 (e). */
int zipped_read(struct zipped *z, void *p, unsigned n, struct err *e);
void zipped_close(struct zipped *z);

/* A zip that is written into a file that is open for writing and stays the caller's. NULL: no
 * memory. */
zipFile zip_to(int fd);

/* Begins an entry with nothing in it that differs from run to run. packed: by deflate, else as it
 * is. false: it cannot be written. */
bool zip_entry(zipFile z, const char *name, bool packed);

#endif
