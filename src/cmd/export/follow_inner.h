/* Between follow.c, which looks at the source, and follow_log.c, which keeps the log's files. */
#ifndef CMD_EXPORT_FOLLOW_INNER_H
#define CMD_EXPORT_FOLLOW_INNER_H

#include <time.h>

#include "cmd/export/export.h"

struct following {
	const struct cli *c;
	struct signing_key key;
	struct writer_options o;
	char *base, *path; /* --out without .exhibit; the file being written */
	char **done;       /* finished files of the log, in order */
	unsigned n_done;
	int lock;                 /* of `path` */
	struct start_claim claim; /* on the place where it begins */
	struct after after;
	struct session s;
	struct input in;
	struct followed was;
	struct redact *redact;
	struct buf options, label;
	char started[32];
	struct postgres *p;
	/* facts of the server, for the next poll record; empty: told */
	struct buf database;
	/* snapshots: of this poll, of the last poll and of the last sweep; empty: none that
	 * means anything */
	struct buf now, seen, swept;
	char server[200];                               /* that they are of */
	bool any;                                       /* the log holds rows */
	double poll, interval, sweep_every, roll_every; /* seconds */
	uint64_t roll_bytes;
	unsigned overlap;
	struct postgres_options source;
	bool once;
	bool below_quorum; /* what others were to sign of this run is missing */
	volatile const int *stop;
	double next_sweep, next_seal, began;
	/* no sweep before that: they take a hundredth of the time at most */
	double soonest;
	/* the last number of the source's rows at the last look; 0: not told */
	uint64_t numbered;
	uint64_t sealed; /* position of the last seal */
	struct telemetry {
		const char *path;
		uint64_t polls, errors, rows, events, repeats, rejects, conflicts, files;
		double lag, poll_seconds, snapshot_seconds;
		time_t last_poll, last_seal;
		bool up;
	} m;
};

/* Seconds of a clock. */
double follow_clock(clockid_t which);
/* Now, as messages have it: 2026-01-01T00:00:00.000Z. */
void follow_stamp(char out[32]);
/* A line on stderr, with its time; more: NULL or what it is about. */
void follow_say(const struct following *f, const char *what, const char *more);
/* The files there are: the finished ones are opened and all their ids read, the open one is taken
 * up. */
int follow_open_log(struct following *f, struct err *e);
/* This run's input of the file that is open. */
int follow_input(struct following *f, struct err *e);
/* What the source is, in a transaction of its own where none is open; a source that is lost
 * meanwhile is found so by the next look. */
int follow_tell_source(struct following *f, struct err *e);
/* Seals what is there so far (an interim seal). -1 (e). */
int follow_seal(struct following *f, struct err *e);
/* Has the newest seal stamped, where --tsa is given: of a finished file, and the last of a run. */
void follow_stamp_seal(struct following *f);
/* Ends this run's input and the file. */
int follow_finish_file(struct following *f, struct err *e);
/* The next file of the log: ids and tree go on in memory. */
int follow_roll(struct following *f, struct err *e);

#endif
