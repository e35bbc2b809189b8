/* Between must_gather.c (the collection) and gather_files.c (its files and the objects in them). */
#ifndef SOURCE_GATHER_INNER_H
#define SOURCE_GATHER_INNER_H

#include "source/must_gather.h"
#include "source/session.h"

#define GATHER_EVENTS "datastorage/audit-events.json"
#define GATHER_METADATA "collection-metadata.json"
#define GATHER_REPORT "sanitization-report.txt"
#define GATHER_SUMS "SHA256SUMS"
#define GATHER_ORIGINAL ".pre-sanitize"
#define GATHER_TEXT (8u << 20) /* bytes of a file or object kept in one record */

enum gather_role { ROLE_LISTED, ROLE_TEXT, ROLE_OBJECTS, ROLE_EVENTS };

struct collection {
	struct session *s;
	struct bundle *b;
	const char *root; /* "" or "…/" */
	size_t root_len;
	/* SHA256SUMS as read, lines ended by NUL; NULL: there is none */
	char *sums;
	const char **sum; /* its well-formed lines, by path */
	size_t n_sums;
	bool sanitised, any_error_file, error_list_empty;
	const struct bundle_file *events;
	unsigned originals, used, differing, unlisted, absent;
	struct buf used_paths;
};

bool gather_ends(const char *s, const char *suffix);
/* What a file is to us, by the last parts of its path. */
enum gather_role gather_role(const char *path);
/* What SHA256SUMS says of a path below the root, in a word of R-15; differences are counted. */
const char *gather_listed(struct collection *c, const char *path, const char hex[65], bool partial);

/* gather_files.c. A record of the collection; what does not fit one is kept as a reject, verbatim:
 * the n bytes at raw. -1 (e). */
int gather_put_record(struct collection *c, struct buf *b, uint64_t ordinal, const char *path,
    const char *raw, size_t n, struct err *e);
/* One file: its record, and one for each object in it. from: where its bytes stand (its unsanitised
 * original, if those are used). -1 (e). */
int gather_put_file(struct collection *c, const struct bundle_file *f,
    const struct bundle_file *from, const char *path, struct err *e);

#endif
