/* A bundle in a zip, for attest (formats/bundle.md X-10): its files and their digests, and a new
 * zip that holds them and what is added. */
#ifndef CMD_EXPORT_ATTEST_ZIP_H
#define CMD_EXPORT_ATTEST_ZIP_H

#include "base/buf.h"
#include "cmd/zipped.h"
#include "digest/digest.h"

struct zip_files {
	const char *path, *out;
	int fd, out_fd; /* -1: not open */
	zipFile zip;
	struct zip_file {
		char *name, sha[65];
	} * file; /* by name */
	size_t n, cap;
	struct buf sums, statement; /* of SHA256SUMS and statement.intoto.json */
};

/* Digests all files of it. most: bytes of those that are kept as texts. 0 or -1 (e). To be closed
 * in any case. */
int zip_files_read(
    struct zip_files *z, const char *path, size_t most, struct sha256 *sha, struct err *e);
/* 64 hex digits; NULL: it holds no such file. */
const char *zip_files_sha(const struct zip_files *z, const char *name);
/* A new zip of that name (73: one is there), with all files of the old one. 0 or -1 (e). */
int zip_files_copy(struct zip_files *z, const char *out, struct err *e);
/* One more file in it; and its end. 0 or -1 (e). */
int zip_files_add(struct zip_files *z, const char *name, const struct buf *b, struct err *e);
int zip_files_finish(struct zip_files *z, struct err *e);
/* A new zip that is not whole is removed. */
void zip_files_close(struct zip_files *z);

#endif
