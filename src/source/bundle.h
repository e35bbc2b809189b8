/* Many files handed in as one input, a folder or a tarball: every one digested, those that are
 * wanted copied aside, so that all is read once. */
#ifndef SOURCE_BUNDLE_H
#define SOURCE_BUNDLE_H

#include <sys/types.h>

#include "source/stream.h"

#define BUNDLE_FILES 100000u       /* at most */
#define BUNDLE_BYTES (64ull << 30) /* expanded, at most */
#define BUNDLE_DEPTH 32            /* folders in folders */

struct bundle_file {
	char *path; /* relative, without ./ */
	uint64_t bytes;
	uint8_t sha256[32];
	bool kept;    /* its bytes stand at `at` of the copy */
	bool partial; /* the input ends inside it */
	uint64_t at;
};

struct bundle {
	struct bundle_file *file; /* sorted by the bytes of path */
	/* skipped: links that lead nowhere here, devices and the like */
	unsigned n, skipped;
	struct bundle_link {
		/* to: below the same root, or NULL: it is no link, or leads out of the input */
		char *path, *to;
		/* files whose bytes stand under another name; followed once all are there */
	} * link;
	unsigned n_links;
	int fd; /* the copy: a file without a name */
	bool (*want)(const char *path);
	struct sha256 *sha;
	uint64_t total, copied;
	uint64_t linked; /* bytes of files that links led to: read once more */
	/* bytes of a tar that are no content: headers, padding */
	uint64_t structure;
	/* every file is kept, whatever want says, while there is room */
	bool all;
	/* why the tar or ZIP could not be read to its end, or "" */
	char cut[300];
	bool end_mark; /* the tar read last ended with an empty block */
	bool damaged;  /* it is damaged rather than cut off */
	/* bytes behind the end of the tar or ZIP, copied aside as well: from rest_at on */
	uint64_t rest_at, rest;
};

int bundle_init(struct bundle *b, bool (*want)(const char *path), struct err *e);
void bundle_release(struct bundle *b);
int bundle_folder(struct bundle *b, const char *folder, struct err *e);
/* f is looked through already and stands at the beginning of the tar. One that ends too early or
 * is damaged is no error once a file was found in it (cut). */
int bundle_tar(struct bundle *b, struct stream *f, const char *name, struct err *e);
/* Likewise for a ZIP; all files are kept. */
int bundle_zip(struct bundle *b, struct stream *f, const char *name, struct err *e);
/* Copies what is left of f, behind the tar or ZIP, aside (rest). */
int bundle_rest(struct bundle *b, struct stream *f, struct err *e);
/* n bytes of the copy, from `at` on. -1: fewer can be read (e). */
int bundle_copy(const struct bundle *b, uint64_t at, void *p, size_t n, struct err *e);
/* The links and special files that were left out, by path; NULL behind the last. */
const char *bundle_skipped(const struct bundle *b, unsigned i);
const struct bundle_file *bundle_find(const struct bundle *b, const char *path);
/* Bytes [at, at+n) of a kept file. Fewer than n: the file ends; -1 error. */
ssize_t bundle_read(const struct bundle *b, const struct bundle_file *f, uint64_t at, void *p,
    size_t n, struct err *e);
struct stream *bundle_stream(const struct bundle *b, const struct bundle_file *f, struct err *e);

#endif
