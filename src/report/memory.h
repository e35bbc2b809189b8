/*
 * Files that are kept in memory, for libraries that insist on files: behind the sandbox none can be
 * made, and nothing of an archive lies about in a folder of temporary ones.
 */
#ifndef REPORT_MEMORY_H
#define REPORT_MEMORY_H

#include <minizip/unzip.h>
#include <minizip/zip.h>

#include "base/buf.h"

struct memory {
	struct buf *data; /* borrowed */
	size_t at;
};

/* A zip that is written into m->data, which is empty; to be closed with zipClose while m lives.
 * NULL: no memory. */
zipFile memory_zip(struct memory *m);

/* A zip that lies in m->data, which is not changed. NULL: it is none, or no memory. */
unzFile memory_unzip(struct memory *m);

/*
 * Where the next workbook goes that libxlsxwriter closes (xlsx.c); NULL: nowhere. The library takes
 * a name of a file and nothing else, so this is said beside it.
 */
void memory_next_workbook(struct memory *m);

#endif
