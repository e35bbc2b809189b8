/*
 * src/cmd/export/: exhibit-export. archive.c seals, follow.c goes on doing so, reconcile.c holds a
 * file against its source; input.c opens arguments and ranks them, live.c opens addresses, after.c
 * and beside.c find earlier files of the log. It may not reach what tells and judges for readers.
 */
#ifndef CMD_EXPORT_EXPORT_H
#define CMD_EXPORT_EXPORT_H

#include <time.h>

#include "archive/reader.h"
#include "cmd/cli.h"
#include "cmd/export/beside.h"
#include "source/id_index.h"
#include "source/must_gather.h"
#include "source/postgres.h"
#include "source/redis.h"
#include "source/rest.h"
#include "source/session.h"

#define BUILD "exhibit-export " EXHIBIT_VERSION
/* of a source whose tables are rewritten while they are read */
#define RUN_TRIES 5u

int cmd_keygen(const struct cli *c);
int cmd_attest(const struct cli *c);
int cmd_witness(const struct cli *c);
int cmd_stamp(const struct cli *c);
int cmd_inspect(const struct cli *c);
int cmd_archive(const struct cli *c);
int cmd_reconcile(const struct cli *c);
int cmd_disclose(const struct cli *c);

/* live.c: a source that is asked, not a file; one of them, or none. */
struct live {
	struct postgres *postgres; /* in its snapshot */
	struct rest *rest;
	struct redis *redis;
};

/* Connects if arg is an address. 1: it is, and in and *rank are filled; 0: it is none; -1 (e). c:
 * its options say how. */
int live_open(struct live *l, const char *arg, const struct cli *c, struct input *in,
    unsigned *rank, struct err *e);
bool live_is(const struct live *l);
int live_read(struct live *l, struct session *s, struct err *e);
/* What it would yield, how long that would take and what it asks of the source; as text on stdout,
 * or as a JSON object into json. */
int live_inspect(struct live *l, const struct input *in, struct buf *json, struct err *e);
/* Did its reading end because a table was rewritten meanwhile? Then another snapshot may do. */
bool live_rewritten(const struct live *l);
void live_release(struct live *l);
/* --statement-timeout (an hour), --max-snapshot (any time), --with-detached. */
int postgres_take_options(const struct cli *c, struct postgres_options *o, struct err *e);
/* `500ms`, `10s`, `5m`, `1h`, `7d` to seconds. */
bool duration(const char *v, double *ret);

/* open.c. A tar or ZIP, unpacked; the inputs that it holds share it. */
struct packed {
	struct bundle b;
	struct gather_root *root; /* the collections in it */
	unsigned n_roots;
	uint64_t bytes; /* of the tar or ZIP as it stands, and their digest */
	uint8_t sha256[32];
	unsigned refs;
};

/* One input: an argument of the command line (a file, a folder, stdin, an address), or a part of
 * one that holds several: each collection is an input of its own. */
struct argument {
	const char *arg;
	/* what it is called in the archive: base name, --label, or all of arg */
	char *sealed;
	/* its files in byte order of their names; of an unpacked collection, its folder */
	char **path;
	unsigned n;
	/* the first of them that is an input, open and looked at */
	struct stream *first;
	unsigned at; /* which that is */
	/* what of a folder is no file: the first such name; NULL: nothing */
	char *left_out;
	unsigned n_left_out;
	bool outside;     /* or rather: files around the collections of a folder */
	struct live live; /* or an address instead */
	unsigned stray;   /* lines on top of it that are no part of it */
	bool collection;  /* a must-gather: `path`, or of `packed` the one numbered `root` */
	unsigned root;
	bool owned; /* arg is: it is one of several in another */
	/* the tar or ZIP that its files stand in; NULL: in none */
	struct packed *packed;
	/* of several inputs in one tar or ZIP: what belongs to none of them is told here */
	bool tells_packed;
	/* a collection: the files around it are told by it, too */
	bool around;
	/* by what such an input knows: lower is read first */
	unsigned rank;
	struct input in;
};

/* All inputs of a run. */
struct arguments {
	struct argument *a;      /* in the order of the command line */
	struct argument **order; /* by rank; valid after arguments_order */
	unsigned n;
};

/* Looks at every argument of the command line. 0, or -1 (e says which and why). */
int arguments_open(struct arguments *all, const struct cli *c, struct err *e);
/* Looks at one, which may hold several inputs. i: its place, which says which --label is its
 * own. */
int arguments_add(
    struct arguments *all, const char *arg, unsigned i, const struct cli *c, struct err *e);
/* Orders them by what they know. -1: no memory (e). */
int arguments_order(struct arguments *all, struct err *e);
/* Reads all in that order, and tells what of earlier files they do not show any more. -1 (e). */
int arguments_read(const struct arguments *all, struct session *s, struct err *e);
/* nothing.c: rejects alone are no archive. Says what the n inputs hold instead (e); -1. */
int yields_nothing(const struct session *s, const struct argument *a, unsigned n, struct err *e);
void arguments_release(struct arguments *all);
/* input.c. Reads an input into the session, from its beginning to its end. next: what is read
 * behind it, NULL: nothing. Pages of the service in both are judged together. */
int argument_read(struct argument *a, struct session *s, struct argument *next, struct err *e);
/* What the i-th input is called in the archive (R-15, --label), into a->sealed, which it owns. 0 or
 * -1 (e). */
int argument_name(struct argument *a, unsigned i, const struct cli *c, struct err *e);
/* File i of the argument, from its beginning. */
struct stream *argument_file(struct argument *a, unsigned i, struct err *e);
/* Systems put such files beside those of people: ._NAME, .DS_Store. */
bool hidden_file(const char *path);
/* A path without the folder that it begins with. */
const char *path_below(const char *folder, const char *path);
/* A file of an argument, as it is called in the archive: of a folder, behind the folder's name; the
 * caller frees it. NULL: no memory. */
char *sealed_file(const struct argument *a, const char *path);
void argument_release(struct argument *a);
/* How a path is called in messages. */
const char *path_shown(const char *path);
/* folder.c. The roots of must-gathers that lie unpacked in a folder, however deep; depth: 0. */
int collections_in(const char *folder, unsigned depth, char ***list, unsigned *n, struct err *e);
/* The files of a folder, and of the folders in it: the paths of a. Links to folders, pipes and the
 * like are left out, and counted there. *ret_toc: a toc.dat stands in the folder itself. */
int
list_files(struct argument *a, const char *folder, unsigned depth, bool *ret_toc, struct err *e);
/* Appends a path, owned, to a list of them; NULL: there was no memory for it. */
int path_push(char ***list, unsigned *n, char *path, struct err *e);
/* For qsort: by the bytes of their names. */
int path_order(const void *a, const void *b);

/* after.c: the earlier files of the log that a run continues (--after). */
struct after {
	struct archive **archive; /* by first position */
	unsigned n;
	struct findings findings;
	struct history history;
	struct reading *reading;
	struct id_index *index; /* of files that are not at hand, in any order */
	unsigned n_indexes;
	struct holes holes; /* the positions that only they tell of */
};

/* Verifies the files with the public half of the key and fills history. */
int after_open(
    struct after *a, const char *const *path, unsigned n, const struct vkey *key, struct err *e);
/* Tells writer and session what those files hold. */
int after_load(struct after *a, struct session *s, struct err *e);
/* The session only, where the writer knows their ids already. */
int after_attach(struct after *a, struct session *s, struct err *e);
void after_release(struct after *a);
/*
 * The same for files that this program wrote itself: their seals, rows of blocks and places in
 * the log are checked, and each block when it is read; what their records mean is not.
 * Releases what was open.
 */
int after_reopen(
    struct after *a, const char *const *path, unsigned n, const struct vkey *key, struct err *e);

/*
 * ids.c: indexes of ids for all positions of a->holes: those given and those beside them,
 * by the digests that the files at hand have sealed. -1 (e).
 */
int after_indexes(
    struct after *a, const char *const *path, unsigned n, const struct vkey *key, struct err *e);
/* What they tell of a position: 1; 0: nothing; -1 (e). arg: the struct after. */
int after_index_at(void *arg, uint64_t position, struct id_entry *ret, struct err *e);
/* Tells writer and session of the positions of one hole. */
int after_load_hole(struct after *a, const struct hole *h, struct session *s, struct err *e);
/* Writes PATH, the index of everything up to the writer's last record, and appends what the
 * manifest says of it, beginning with a comma. */
int ids_write(const char *path, bool again, struct session *s, struct after *a, const char *origin,
    struct buf *member, struct err *e);

/* reconcile.c. --vkey: a file, a pipe, `-`, or the key itself; as somebody's editor saved it. -1
 * (e). */
int load_vkey(const char *given, struct vkey *k, struct err *e);
/* --mode, or 0600; false: it is none. */
bool mode_of(const struct cli *c, unsigned *ret);
/* Says on stderr, even with -q, that the process's own group can read the signing key. */
void say_group(const struct cli *c, const struct signing_key *k);
/*
 * readback.c: opens what was written as the analyzer does, and holds manifest, counts and seal
 * against what was meant. key: NULL where it is unsealed. -1 (e): the
 * file is not to be relied on.
 */
int read_back(
    const char *path, const struct vkey *key, const struct writer_result *wrote, struct err *e);

/* archive.c: SIGINT and SIGTERM set what this points to. */
volatile const int *stop_on_signals(void);
/* follow.c: archive --follow. The exit status. */
int follow(const struct cli *c, int level);

/* progress.c: for struct session's `progress`. Rows, rate and time left on stderr, twice a second;
 * arg: struct progress. And the line is cleared, if there was one. */
struct progress {
	struct timespec began, last;
	const char *path;
};
void progress_show(void *arg, const struct session *s, const struct stream *f);
void progress_end(const struct session *s);

/* print.c */
/* What came of an input, as an element or a member; and for a screen. */
void put_input(struct emit *e, const struct input *in);
void print_argument(const struct argument *a);
/* The whole run. The exit status. */
int print_result(const struct cli *c, const struct writer_result *r, const struct argument *a,
    unsigned n, const struct session *s);

#endif
