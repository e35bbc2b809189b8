/*
 * The files of one log that lie in a folder, and the claim of one exporter on the place where the
 * next of them begins (seal.md S-2).
 */
#ifndef CMD_EXPORT_BESIDE_H
#define CMD_EXPORT_BESIDE_H

#include <sys/types.h>

#include "log/note.h"

struct after;

/*
 * A file of the log, by its own rows; nothing of it is verified but the signature of its last seal.
 */
struct beside {
	char *path;
	dev_t dev;
	ino_t ino;
	uint64_t first, next;           /* next: of its last seal by the log's key; else first */
	uint8_t root[32], previous[32]; /* there; of the file before, if has_previous */
	bool finished, sealed, has_previous;
};

struct beside_list {
	struct beside *f;
	unsigned n;
};

/*
 * Looks at one file. 1: it is one of the log `origin`, b is filled and owns its path; 0: it is
 * none, or cannot be read; -1 (e).
 */
int beside_look(
    struct beside *b, const char *path, const char *origin, const struct vkey *key, struct err *e);
/* Takes b over. */
int beside_add(struct beside_list *l, struct beside *b, struct err *e);
/* The same file, by whatever name? */
bool beside_holds(const struct beside_list *l, const char *path);
/*
 * Adds the files of the log in the folder that holds `of`, without those of `known`, sorted by
 * place; any_name: not only *.exhibit (C-1).
 */
int beside_folder(struct beside_list *l, const char *of, bool any_name,
    const struct beside_list *known, const char *origin, const struct vkey *key, struct err *e);
void beside_release(struct beside_list *l);

/* Positions [first, next) of which no file is at hand, the newest first. */
#define HOLES_MAX 16
struct holes {
	struct hole {
		uint64_t first, next;
	} hole[HOLES_MAX];
	unsigned n;
};

/*
 * Adds to the files given (owned paths) those of the log that lie beside the newest of them and
 * come before it, by their seals. What is found nowhere goes to holes. A file given that is none of
 * the log is left to whoever opens it. -1 (e).
 */
int
after_find(char ***path, unsigned *n, const struct vkey *key, struct holes *holes, struct err *e);
/* Says what is missing, and what to do. Returns -1. */
int after_missing(const struct holes *holes, const char *newest, struct err *e);

/*
 * Of one exporter on the place where its file begins, from before the file is made until it is
 * sealed.
 */
struct start_claim {
	const char *out;
	const struct vkey *key;
	const struct after *after; /* the files it continues */
	uint64_t first;
	bool looked;
	/* locks on the newest of those, and on the file itself; -1: none */
	int newest, own;
};

/*
 * Nobody else goes on there: -1 (e, status 75, or 73 where a log would begin a second time) names
 * who does. All that is given must stay.
 */
int claim_take(struct start_claim *c, const struct after *after, const char *out,
    const struct vkey *key, struct err *e);
/* The file is there now: whoever came at the same time sees it, or is seen. */
int claim_written(struct start_claim *c, struct err *e);
/* The same look again, before a seal; arg: the claim. */
int claim_look(void *arg, struct err *e);
/* Behind writer_free: to close the file's lock would end SQLite's own. All zero: nothing. */
void claim_release(struct start_claim *c);

#endif
