/*
 * src/base/: what everything stands on, and nothing of the product's meaning. Begin with err.h
 * (the tool's own failures), buf.h (bytes with a ceiling) and vec.h (arrays); text.h makes text of
 * others harmless, utc.h has times, limits.h every ceiling. No folder is below it; nothing here
 * prints or ends the program, and whatever an input can make grow is bounded before memory is
 * taken.
 *
 * One error of the tool: where it happened, printed only in cmd/. A finding about evidence is not
 * an error.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

/* Exit statuses of both programs (formats/output.md O-1). 0–11 are judgements, 64–78 mean nothing
 * was judged. */
enum ex_status {
	EX_OK = 0,
	EX_ALTERED = 1,
	EX_INCOMPLETE = 2,
	EX_NOT_PROVEN = 3,
	EX_CONFLICT = 4,
	EX_UNREADABLE = 5,
	EX_KEPT_ASIDE = 6,
	EX_EXCEPTIONS = 10,
	EX_DIFFERENCES = 11,
	EX_USAGE_ERR = 64,
	EX_DATA_ERR = 65,
	EX_NO_INPUT = 66,
	EX_NO_SUCH = 66,
	EX_SOFTWARE_ERR = 70,
	EX_OS_ERR = 71,
	EX_CANT_CREATE = 73,
	EX_IO_ERR = 74,
	EX_TEMP_FAIL = 75,
	EX_NO_PERM = 77
};

struct err {
	int status; /* 0 while there is none */
	char text[1024];
};

/* Records the first error; later ones are ignored. Always returns -1, so that `return err_set(…)`
 * reads well. */
int err_set(struct err *e, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set with ": strerror(errno)" appended and the status that fits errno. */
int err_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The path of a file to be made is taken, status 73. what: "an archive"; more: what else can be
 * done, or "". */
int err_there_already(struct err *e, const char *path, const char *what, const char *more);

/* "out of memory", status 71. Notes it as below. */
int err_nomem(struct err *e);

/*
 * Somebody in this process was refused memory. Noted for good, from any thread: what was found
 * since may lack something, however it was carried on, so a
 * judgement must not be given any more.
 */
void nomem_note(void);
bool nomem_noted(void);

#endif
