/*
 * src/read/: records become what a person asks for. select.h finds them by any of their names,
 * flow.c puts a remediation's events in order, phases.h says where it stands, phrase.c tells each
 * event in a sentence, person.h tells people from machines. Everything that shows a story begins
 * here.
 *
 * Finding records by what an auditor has in hand: a correlation id, an event id, an approval's or
 * notification's name, or a prefix.
 */
#ifndef READ_SELECT_H
#define READ_SELECT_H

#include "archive/reader.h"
#include "digest/digest.h"
#include "event/view.h"
#include "read/phases.h"

struct correlation {
	char *text; /* NUL behind it; may hold anything else */
	size_t n;
	/* in the order of archives and log */
	struct {
		unsigned archive;
		uint64_t position;
	} * at;
	unsigned n_at, cap;
	bool remediation;
};

struct catalog {
	struct correlation *c; /* sorted by bytes of text */
	unsigned n, cap;
};

/* kept unpacked: a remediation lies in one or two, and its neighbours in the same */
#define READING_BLOCKS 8

/* What a reading verb reads from. */
struct reading {
	struct archive *archive;
	unsigned n;
	struct findings *findings;
	struct view *view;
	struct {
		struct unpacker *u;
		struct buf blob;
		unsigned archive;
		uint64_t row, used;
		bool open;
		struct block block;
	} slot[READING_BLOCKS];
	uint64_t clock;
	struct block block; /* the one that was read last */
	/* not NULL: moments get a digest of their other columns */
	struct sha256 *rest;
};

int
reading_init(struct reading *r, struct archive *a, unsigned n, struct findings *f, struct err *e);
void reading_release(struct reading *r);

/* The record at a position. 0 fine; 1 damaged (a finding says so); -1 (e). Valid until the next
 * call. */
int reading_record(struct reading *r, unsigned archive, uint64_t position,
    const struct record **ret, struct err *e);
/* Opens the view on a record and notes what is wrong with it. NULL: nothing can be shown. */
struct view *
reading_view(struct reading *r, unsigned archive, const struct record *rec, struct err *e);

/*
 * Marks, in bits from the archive's first position on, what an index says may be such an event:
 * of a
 * type, or of types that begin so; with an id. 0; 1: the index cannot be relied on; -1 (e).
 */
int reading_types(struct reading *r, unsigned archive, const char *type, size_t n, bool prefix,
    uint8_t *bits, struct err *e);
int reading_ids(
    struct reading *r, unsigned archive, const uint8_t id[16], uint8_t *bits, struct err *e);

/* Every correlation with its positions, from the indexes as sealed, or from the records where an
 * index is damaged. */
int catalog_load(struct catalog *c, struct reading *r, struct err *e);
/* Only the correlations of these names, if the indexes hold every one of them; else all. For verbs
 * that were told what to look for. */
int catalog_load_some(
    struct catalog *c, struct reading *r, const char *const *id, unsigned n, struct err *e);
void catalog_release(struct catalog *c);

/* The correlation of exactly this id; NULL: none is here. */
const struct correlation *catalog_get(const struct catalog *c, const char *text, size_t n);
/* Drops the correlations for whose place keep[] is false. */
void catalog_keep(struct catalog *c, const bool *keep);
/* 0 and *ret; else e says that nothing or too much matches, with the nearest. */
int catalog_find(const struct catalog *c, struct reading *r, const char *id,
    const struct correlation **ret, struct err *e);

/* One event of a remediation with what its readers need; strings are owned by the story. */
struct moment {
	unsigned archive;
	uint64_t position;
	uint8_t id[16], hash[32], previous[32];
	bool has_hash, has_previous;
	int64_t time;
	char *type, *category, *action, *outcome, *actor_type, *actor_id, *resource_type,
	    *resource_id;
	char *namespace, *cluster, *data;
	size_t data_len;
	bool cluster_name; /* its row has that column: an older schema */
	bool numbered;     /* its row has insert_seq: links are a line of storing */
	enum order order;  /* how it is known to come after the one before */
	/* place of the event its link names; NOT_LINKED: none here */
	uint32_t stored_after;
	bool contradicts_time;   /* and that one is later by the times they state */
	bool behind_end;         /* later than the event that ended the remediation */
	struct moment_told told; /* what it tells of the phase: phases.c */
	unsigned rank;           /* of its type */
	bool entry;              /* to a phase, in the replay */
	/* digest of all columns but ids, hashes and those above */
	uint8_t rest[16];
};

#define NOT_LINKED UINT32_MAX

struct story {
	struct moment *m;
	unsigned n;
	struct phases phases; /* as all of m tell them */
};

/*
 * Reads all events of a correlation and orders them: by stated time, at one time as the source's
 * own flow goes (phases.h), then by id. Links order nothing: they tell what was stored behind what.
 */
int story_load(struct story *s, struct reading *r, const struct correlation *c, struct err *e);
/*
 * Every story, or those of remediations only, in one pass over the log: handed out when the last
 * of its events was met, so in an order that the log decides. Where some of its events are
 * damaged,
 * or too many stories are open at a time, behind the pass. each() gives 0, or -1 (e); the story
 * ends behind it. 0 or -1 (e).
 */
int stories_each(struct reading *r, const struct catalog *cat, bool remediations,
    int (*each)(void *arg, const struct correlation *c, struct story *s), void *arg, struct err *e);
/* The same event, sealed in two files, is one: drops those behind the first. m stands in order. */
void story_drop_copies(struct story *s);
/* Orders a story, or one that has changed, and replays its phases. -1: no memory. */
int story_settle(struct story *s);
/* Takes the events of another story over, in order. -1: no memory. */
int story_join(struct story *s, struct story *more);
/* Drops what came after a time (µs) or stands at a position or behind it. -1: no memory. */
int story_until(struct story *s, int64_t time, uint64_t position);
void story_release(struct story *s);

extern const char *const order_name[]; /* as JSON has it */
extern const char *const order_mark[]; /* as a line has it: a blank where the time tells */

/* How it is known that the event at place a comes before that at b, a < b. */
enum order story_order(const struct story *s, unsigned a, unsigned b);
/* `"order":…` of the event at a place, and what its link tells of storing (formats/output.md
 * O-7). */
void story_order_json(struct buf *b, const struct story *s, unsigned at);
/* Does a path of links lead from one of them to the other? Then it is known which was stored
 * first. */
bool story_linked(const struct story *s, unsigned a, unsigned b);

/* What was decided on approval, in a word, as the events tell it; empty if nothing was. */
void story_approval(const struct story *s, char approval[64]);

/* flow.c: the place of a type in the source's catalogue; types it does not know stand behind
 * all. */
unsigned event_rank(const char *type);

/* legacy.c: today's name of an event type; a value of event_data by today's path, also where an
 * older version named it otherwise, or JSON_NONE. */
const char *event_type_now(const char *type);
uint32_t event_member(const struct json_doc *d, const char *path);

/* phrase.c: phase and one sentence for an event. doc: its event_data, parsed. */
const char *event_phase(const char *type);
bool event_in_story(const char *type); /* worth a line of the short story */
void event_sentence(struct buf *out, const struct moment *m, struct json_doc *doc);

#endif
