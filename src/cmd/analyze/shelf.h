/*
 * Where a bundle goes (formats/bundle.md X-2): a new folder, a zip, or nowhere but a comparison
 * with a folder that is there. Each file is written from its beginning to its end; its digest is
 * noted, for SHA256SUMS.
 */
#ifndef CMD_ANALYZE_SHELF_H
#define CMD_ANALYZE_SHELF_H

#include "cmd/analyze/outdir.h"
#include "cmd/analyze/target.h"
#include "cmd/zipped.h"
#include "digest/digest.h"

struct shelved {
	char *name; /* with its folders, `/` between */
	char sha[65];
	bool seen; /* of a file of the folder that is compared */
};

struct shelf {
	enum { TO_FOLDER, TO_ZIP, TO_COMPARE } to;
	const char *path;
	struct outdir dir;
	struct target target;
	zipFile zip;
	struct shelved *file; /* what was written */
	size_t n, cap;
	struct shelved *there; /* what a folder holds, by name */
	size_t n_there, there_cap;
	struct buf differences; /* of it, a line each */
	uint64_t n_differences;
	struct sha256 *sha;
	char name[600]; /* of the file that is written; empty: none */
};

/*
 * Before the sandbox. path: a folder that is not there yet, or a name that ends with `.zip`. 0 or
 * -1 (e). To be closed in any case; what is not whole is removed.
 */
int shelf_open(struct shelf *s, const char *path, struct sandbox_may *may, struct err *e);
/* Digests all files of a folder. 0 or -1 (e). */
int shelf_compare(struct shelf *s, const char *path, struct err *e);
void shelf_close(struct shelf *s);

/* A file. 0 or -1 (e). */
int shelf_begin(struct shelf *s, const char *name, bool packed, struct err *e);
int shelf_write(struct shelf *s, const void *p, size_t n, struct err *e);
int shelf_end(struct shelf *s, struct err *e);
int shelf_put(struct shelf *s, const char *name, const struct buf *b, struct err *e);
/* SHA256SUMS of all of them, and the end; what a folder has besides is a difference. 0 or -1
 * (e). */
int shelf_finish(struct shelf *s, struct err *e);
/* Says what is different. */
void shelf_differs(struct shelf *s, const char *name, const char *how);

#endif
