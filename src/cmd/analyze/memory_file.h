/* The file of the auditor's memory: where it is, whose it is, and how it is changed
 * (formats/memory.md). */
#ifndef CMD_ANALYZE_MEMORY_FILE_H
#define CMD_ANALYZE_MEMORY_FILE_H

#include "cmd/analyze/target.h"
#include "trust/memory.h"

/* --memory FILE, else $EXHIBIT_MEMORY; NULL: none, as always for a bundle.
 * (The option of sql is something else.) */
const char *memory_path(const struct cli *c);
/* Reads it; owned by the caller. NULL with e: it cannot be read, or others can write to it;
 * without: there is none yet, where the environment names it. */
char *memory_slurp(const struct cli *c, size_t *ret_n, struct err *e);

/* Does the memory lie in the folder of a file? Who can change one can change the other, then. */
bool memory_beside(const struct cli *c, const char *file);

struct stat;
/* Is a file of the auditor's own a file, his, and written by nobody else? what: as messages call
 * it. 0 or -1 (e). */
int memory_own(const char *what, const char *path, const struct stat *st, struct err *e);

/* For verbs that change it. */
struct memory_file {
	int lock;
	struct target target;
	char path[4096];
};

/* Before the sandbox, and before it is read. may: what the sandbox must leave. 0 or -1 (e): 64 no
 * memory is named, 73 and 77 it cannot be written, 75 another run changes it. To be closed in any
 * case. */
int memory_file_open(
    struct memory_file *f, const struct cli *c, struct sandbox_may *may, struct err *e);
/* Puts m in its place, whole. 0 or -1 (e). */
int memory_file_save(struct memory_file *f, const struct auditor_memory *m, struct err *e);
void memory_file_close(struct memory_file *f);

/* Now, as RFC 3339 in seconds. */
void memory_now(char out[MEMORY_TIME]);

#endif
