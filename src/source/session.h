/*
 * src/source/: inputs become records (exporter alone). probe.c recognises a kind of input by
 * content, a file for each kind reads it (csv.c, pgdump.c, rest.c, …), stream.h undoes
 * compression. Rows go to the session, what is no row is kept word for word, what is known to be
 * missing is written down: every byte of an input is in one of the three.
 *
 * One run of the exporter: rows of any source become records of one archive (record.md R-15 to
 *
 */
#ifndef SOURCE_SESSION_H
#define SOURCE_SESSION_H

#include "event/row.h"
#include "event/view.h"
#include "source/id_index.h"
#include "source/reader.h"
#include "source/redact.h"
#include "source/stream.h"
#include "source/versions.h"
#include "write/writer.h"

/* Names of the tables that answers of the server stand for. */
#define TABLE_EVENTS "GET /api/v1/audit/events"

/* The newest event of some records, by time; of equal ones the last. */
struct newest {
	bool any;
	int64_t time;
	uint8_t id[16];
};

void newest_add(struct newest *n, const struct record *r);

struct table_rows { /* rows of one table of an input */
	char *name;
	uint64_t rows;
	/* audit rows and context rows; else it is left out and counted */
	bool kept;
	/* it is known, and its data is not in the input: no rows of it stand in any count */
	bool no_data;
};

/* Does an answer say that there is more behind it? */
enum more { MORE_UNTOLD, MORE_YES, MORE_NO };

/* What the pagination of an answer says. */
struct page_marks {
	bool has_total, has_offset;
	uint64_t total, offset;
	enum more more;
};

/* What the answers of an input say together (pages.c). */
struct pages {
	uint64_t total; /* the largest that one told */
	bool total_told;
	enum more more;       /* of the page that reaches furthest */
	uint64_t rows;        /* in all of them */
	uint64_t from, reach; /* offsets: of the first row, and behind the last */
	struct ids *ids;      /* to tell how many different events there are */
	uint64_t distinct;    /* so many */
	/* an export: names of its filters, comma-separated; its offset and limit, 0: none */
	char asked[200];
	uint64_t asked_offset, asked_limit;
	/* pages of an earlier input of this run that were not all (owned), and where they lay */
	struct pages *earlier;
	const char *path;
};

struct input {
	const char *path;   /* as given */
	const char *sealed; /* what it is called in the archive; NULL: path */
	enum input_kind kind;
	uint32_t source;
	uint64_t rows, events, rejects, conflicts, repeats, contexts, outside, dead_letters;
	uint64_t withheld; /* rows and rejects of which something was */
	/* of these rows: those that give their hash once what a tool did is undone */
	uint64_t withheld_undone;
	uint64_t zoneless; /* rows whose time names no zone */
	/* the last number that the sequence of insert_seq handed out; 0: not told */
	uint64_t insert_seq_last;
	uint64_t rejects_named; /* of the rejects: those whose id is known */
	/* of the rejects: text that is no row of anything, such as the warning of a tool */
	uint64_t strays;
	/* text that is no row, may have held some, and does not tell which */
	uint64_t unreadable;
	/* rows of JSON in which every backslash stood twice, and that were none before that was
	 * undone */
	uint64_t undone;
	struct {
		/* three counters; of files read == understood + rejected */
		uint64_t read, understood, rejected;
		/* of `read`: files of a tarball that links lead to */
		uint64_t again;
		bool told;
	} bytes;
	/* `(16 rows)`, as psql ends what it prints: how many, and their sum */
	uint64_t footers, footer_rows;
	/* known lacks of rows; asked_lacks of them are as somebody wished */
	uint64_t known_lacks;
	uint64_t asked_lacks;
	/* the whole audit table was dumped; else the partitions in `table` */
	bool whole;
	bool ended;       /* every dump in it ended with its end mark */
	bool newest_seen; /* it holds the newest event of the earlier files */
	/* it was cut off, or holds rows without a readable id: nothing may be called gone */
	bool doubt;
	struct pages pages; /* of answers of the service */
	struct buf files;   /* JSON objects of R-15 input-end */
	/* JSON strings and objects: what this input could not carry, rows that it is known to
	 * lack */
	struct buf lacks;
	struct buf compared;   /* JSON objects: the counts and marks that it carried */
	struct buf collection; /* must-gather: a JSON object of R-15 */
	struct buf database;   /* postgres: likewise */
	struct buf service;    /* rest: likewise */
	/* rest: answers to one question after the other, newest event first */
	uint64_t page; /* number of the answer, 0: there is one only */
	int more;      /* its pagination: 1, 0, -1 not told */
	/* µs; the last event in that order, and how many went on from the one before */
	int64_t oldest;
	uint8_t oldest_id[16];
	uint64_t onward;
	struct table_rows *table;
	unsigned n_tables;
};

/* How a source differs from what earlier files sealed of it; told as it is met. */
enum source_difference { SOURCE_CHANGED, SOURCE_VANISHED, SOURCE_LATE, SOURCE_DIFFERENCES };

struct session {
	struct writer *w; /* NULL: inspect, nothing is written */
	struct builder *b;
	struct draft d;
	struct view *old, *new;
	uint32_t next_source;
	struct table **tables; /* by source number − 1; NULL where that is an input */
	uint32_t n_tables;
	struct input *in;     /* the current one */
	int64_t since, until; /* µs; INT64_MIN, INT64_MAX: all */
	/* rest: events dated later are left to the next run, so that this one can be resumed;
	 * INT64_MAX: none */
	int64_t asof;
	const char *started_at, *options, *build; /* options: a JSON object */
	int level;
	void (*progress)(void *arg, const struct session *s, const struct stream *f);
	void *progress_arg;
	uint64_t rows;            /* of all inputs */
	volatile const int *stop; /* set by a signal */
	const char *table;        /* SCHEMA.TABLE of the audit events; NULL: as found */
	struct buf places;        /* the first rejects, a line each: input, place, reason */
	unsigned n_places;
	struct redact *redact;          /* what is withheld; NULL: nothing */
	redact_spellings_fn *spellings; /* tried before; NULL: none are */
	/* then, what tools do to inputs; NULL: nothing is tried */
	redact_spellings_fn *tool_forms;
	uint64_t spellings_hashed;      /* bytes that this may still cost */
	/* of ids that come often with other content; NULL: none yet */
	struct versions *versions;
	struct sha256 *sha;
	/* the version that the row in d is held against (merge.c) */
	struct record was;
	/* R-8 of the row in d, in no other spelling, if it was withheld */
	uint8_t as_it_stands[32];
	bool unsanitised; /* must-gather: the originals that the sanitiser left */
	/* a log that earlier files began */
	/* of every event: FLAG_MAYBE_REPEAT if some of those files were not given */
	unsigned flags;
	struct utc_range before;       /* event times of those files */
	struct newest newest, written; /* event of those files; of this one so far */
	uint64_t first;                /* positions below are theirs */
	uint64_t vanished;             /* events of theirs that are gone from the source */
	/* events of theirs that no input of this run would show if they were there */
	uint64_t not_looked_at;
	int (*earlier)(void *arg, uint64_t position, struct record *ret,
	    const struct table **ret_table, struct err *e);
	/* what an index of ids tells of a position whose file is not at hand: 1; 0:
	 * nothing; -1 (e). NULL: there is no such file. The same arg */
	int (*indexed)(void *arg, uint64_t position, struct id_entry *ret, struct err *e);
	void *earlier_arg;
	/* reconcile: position: of the sealed row, of a late one its own; columns: that differ,
	 * comma-separated, or NULL. -1 (e). NULL: nobody asks */
	int (*differs)(void *arg, enum source_difference kind, const struct record *now,
	    uint64_t position, const struct buf *columns, struct err *e);
	int (*context)(void *arg, const struct row *row, struct err *e);
	void *differs_arg;
};

int session_init(struct session *s, struct err *e);
void session_release(struct session *s);

/* Input-start … input-end around what a reader feeds in. */
int session_begin(struct session *s, struct input *in, struct err *e);
int session_end(struct session *s, struct err *e);
void input_release(struct input *in);

/* account.c: sentences and objects are added once. A sentence is no lack of rows: columns,
 * remarks. */
void input_lacks(struct input *in, const char *sentence);
/* Counts rows of a table by name. */
int input_count(struct input *in, const char *table, bool kept, uint64_t rows, struct err *e);

/* Types of known lacks of rows. */
#define LACK_CUT "cut"
#define LACK_PAGES "pages-missing"
#define LACK_NO_DATA "no-data-section"
#define LACK_FEWER "fewer-than-counted"
#define LACK_FILTER "filter"
#define LACK_COLLECTOR "collector-limit"
#define LACK_NOT_READ "not-read"
#define LACK_KILLED "killed"
#define ROWS_UNKNOWN UINT64_MAX

/* A known lack of rows. table: source name, or NULL; rows: how many, or ROWS_UNKNOWN. */
void input_lacks_rows(struct input *in, const char *type, const char *table, uint64_t rows,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* A count or mark that the input carried, held against what was read; ROWS_UNKNOWN: a mark, no
 * count. */
void input_compared(
    struct input *in, const char *what, const char *table, uint64_t expected, uint64_t read);
/* Anything for an archive? Rejects alone are nothing. */
bool input_yields(const struct input *in);
/* n bytes of the input were understood: rows that became events or are left out on purpose,
 * separators, comments. */
void session_understood(struct session *s, size_t n);
/* `(16 rows)` of psql: a count of the rows before it, and no row. Its bytes are the caller's to
 * account for. */
bool input_footer(struct input *in, const char *p, size_t n);
void input_footers_end(struct input *in);
/* pages.c: one more event of an answer, by id. 0, or -1 (e). */
int pages_count_id(struct pages *g, const uint8_t id[16], struct err *e);
void pages_release(struct pages *g);
/* An answer of `rows` rows. */
void input_page(struct input *in, const struct page_marks *m, uint64_t rows);
/* After the last answer of an input: are all there? who: "the server". next: the input to be read
 * next, if it holds answers as well: pages of both are judged together there. 0, or -1 (e). */
int input_pages_end(struct input *in, const char *who, struct input *next, struct err *e);

/* Takes t over (freed with the session) and writes its table record. An equal table is reused: *t
 * is replaced by it. */
int session_table(struct session *s, struct table **t, struct err *e);
/* The same of the input that is being read. */
int session_count(struct session *s, const char *table, bool kept, uint64_t rows, struct err *e);
/* A table of audit rows whose data the input leaves out: nothing can be called gone from it. */
int session_no_data(struct session *s, const char *table, struct err *e);

/* follow.c: a file that follows its source (C-19). What its last poll record says. */
struct followed {
	/* NUL-terminated; empty: no poll, or no sweep, yet */
	struct buf snapshot, swept, server;
	struct buf database; /* JSON object of the last input that told it */
	/* of the input that is open: its run was killed; empty: none */
	struct buf path;
	struct input in;
};

/* Writes the poll record; snapshot, swept: of this poll and of the last sweep, NUL-terminated or
 * empty; database: a JSON object, or NULL. */
int session_poll(struct session *s, const char *at, const struct buf *snapshot,
    const struct buf *swept, const char *server, const struct buf *database, struct err *e);
/* Takes up what the writer's file holds; *ret is filled and must be released. 0; 1: the file is
 * whole but for its trailer; -1 (e). */
int session_reload(struct session *s, struct followed *ret, struct err *e);
/* Ends the input of a run that was killed, if there is one. */
int session_end_killed(struct session *s, struct followed *f, struct err *e);
void followed_release(struct followed *f);

/* A row of an audit table; place: "line 12". Its raw bytes are accounted for; those around it are
 * the reader's. */
int session_row(struct session *s, struct row *row, const char *place, struct err *e);
/* A row of another table worth keeping; its bytes are accounted for likewise. */
int session_context_row(struct session *s, const struct row *row, struct err *e);
/* What cannot be understood: verbatim, cut into chunks; more = false for the last piece of it. */
int session_reject(struct session *s, uint32_t source, uint64_t ordinal, const void *p, size_t n,
    unsigned *chunk, bool more, const char *place, const char *reason, struct err *e);
/* Text that is no row: its record is of the input itself and has no ordinal. */
int session_stray(struct session *s, const void *p, size_t n, const char *place, const char *reason,
    struct err *e);

/* A record without an event's fields. */
int session_plain(struct session *s, unsigned kind, uint32_t source, uint64_t ordinal,
    const struct buf *body, const struct buf *aside, struct err *e);
/* Shows progress; -1 if the run is to stop. Readers ask before every row. */
int session_go_on(struct session *s, const struct stream *f, struct err *e);

/* merge.c: the row in s->d has an id that the log already holds, last at `position` (R-18,
 * */
int session_repeat(struct session *s, const struct row *row, uint64_t position, struct err *e);
/* After all inputs: the rows of earlier files that dumps of their table do not hold any more (R-15
 * `vanished`). */
int session_vanished(struct session *s, const struct input *in, unsigned n, struct err *e);

/* Readers of one file each; f is at its beginning. */
int read_pg_dump(struct session *s, struct stream *f, struct err *e);
int read_json(struct session *s, struct stream *f, struct err *e);
int read_csv(struct session *s, struct stream *f, struct err *e);
int read_dead_letters(struct session *s, struct stream *f, struct err *e);
/* One message of a stream: key is the stream's, entry the id there. f NULL: no progress is
 * shown. */
int dead_letter(struct session *s, const struct stream *f, const char *key, const char *entry,
    size_t entry_len, const char *p, size_t n, const char *place, struct err *e);
/*
 * A file through the reader of its kind: `stray` lines on top of it (probe) are kept aside first,
 * what the reader leaves unread
 * after it, and what was packed and ended too early is a known lack. sealed: its name in the
 * archive.
 */
int session_file(struct session *s, const char *path, const char *sealed, struct stream *f,
    unsigned stray, struct err *e);
/* A file beside those of an input that is none, such as a README: kept as a reject and named as
 * not read. why: probe's message. */
int session_no_input(
    struct session *s, const char *sealed, struct stream *f, const char *why, struct err *e);
/* Behind a reader of f: what it left is a reject, what of a packed file could not be unpacked a
 * known lack; its bytes are counted. */
int session_file_end(struct session *s, const char *sealed, struct stream *f, struct err *e);
/* What stood behind a tar or ZIP (bundle_rest), as a reject; its bytes are counted. */
struct bundle;
int session_behind(struct session *s, const struct bundle *b, const char *sealed, struct err *e);

/*
 * Looks at the beginning of a stream. *ret_stray: so many whole lines on top of it are a tool's
 * words, and no part of the input; the reader
 * begins behind them. INPUT_UNKNOWN: e says what it is instead and what to do.
 */
enum input_kind probe(struct stream *f, const char *path, unsigned *ret_stray, struct err *e);
/* Is it a tar whose first files are rows, dumps or packed ones rather than those of a must-gather?
 * By what can be seen of it. */
bool probe_plain_tar(struct stream *f);
/* Does text that begins with p[0..n), behind blanks, look like one of these? (reader.def) */
bool probe_dead_letters(const char *p, size_t n);
bool probe_export(const char *p, size_t n);
bool probe_answers(const char *p, size_t n);
bool probe_rows(const char *p, size_t n);
bool probe_dump(const char *p, size_t n);
bool probe_csv(const char *p, size_t n);
/* Answers of a server up to v1.4, which leaves hashed columns unread. */
bool probe_old_server(struct stream *f);

#endif
