/* Finding records by what an auditor has in hand: a correlation id, an event id, an approval's or notification's name, or a prefix. */
#ifndef READ_SELECT_H
#define READ_SELECT_H

#include "archive/reader.h"
#include "event/view.h"

struct correlation {
	char *text;                        /* NUL behind it; may hold anything else */
	size_t n;
	struct { unsigned archive; uint64_t position; } *at;       /* in the order of archives and log */
	unsigned n_at, cap;
	bool remediation;
};

struct catalog {
	struct correlation *c;             /* sorted by bytes of text */
	unsigned n, cap;
};

#define READING_BLOCKS 8               /* kept unpacked: a remediation lies in one or two, and its neighbours in the same */

/* What a reading verb reads from. */
struct reading {
	struct archive *archive;
	unsigned n;
	struct findings *findings;
	struct view *view;
	struct { struct unpacker *u; struct buf blob; unsigned archive; uint64_t row, used; bool open; struct block block; } slot[READING_BLOCKS];
	uint64_t clock;
	struct block block;                /* the one that was read last */
};

int reading_init(struct reading *r, struct archive *a, unsigned n, struct findings *f, struct err *e);
void reading_release(struct reading *r);

/* The record at a position. 0 fine; 1 damaged (a finding says so); -1 (e). Valid until the next call. */
int reading_record(struct reading *r, unsigned archive, uint64_t position, const struct record **ret, struct err *e);
/* Opens the view on a record and notes what is wrong with it. NULL: nothing can be shown. */
struct view *reading_view(struct reading *r, unsigned archive, const struct record *rec, struct err *e);

/* Every correlation with its positions, from the indexes as sealed, or from the records where an index is damaged. */
int catalog_load(struct catalog *c, struct reading *r, struct err *e);
/* Only the correlations of these names, if the indexes hold every one of them; else all. For verbs that were told what to look for. */
int catalog_load_some(struct catalog *c, struct reading *r, const char *const *id, unsigned n, struct err *e);
void catalog_release(struct catalog *c);

/* 0 and *ret; else e says that nothing or too much matches, with the nearest. */
int catalog_find(const struct catalog *c, struct reading *r, const char *id, const struct correlation **ret, struct err *e);

/* One event of a remediation with what its readers need; strings are owned by the story. */
struct moment {
	unsigned archive;
	uint64_t position;
	uint8_t id[16], hash[32], previous[32];
	bool has_hash, has_previous;
	int64_t time;
	char *type, *category, *action, *outcome, *actor_type, *actor_id, *resource_type, *resource_id, *namespace, *cluster, *data;
	size_t data_len;
	bool cluster_name;                 /* its row has that column: an older schema */
	enum { ORDER_LINK, ORDER_TIME, ORDER_UNKNOWN } order;      /* how it is known to come after the one before */
};

struct story {
	struct moment *m;
	unsigned n;
};

/* Reads all events of a correlation and orders them: by links first, then by time. */
int story_load(struct story *s, struct reading *r, const struct correlation *c, struct err *e);
/*
 * Every story, or those of remediations only, in one pass over the log: handed out when the last of its events was met, so in an order that the log decides. Where some of its events are damaged,
 * or too many stories are open at a time, behind the pass. each() gives 0, or -1 (e); the story ends behind it. 0 or -1 (e).
 */
int stories_each(struct reading *r, const struct catalog *cat, bool remediations, int (*each)(void *arg, const struct correlation *c, struct story *s), void *arg, struct err *e);
/* Takes the events of another story over, in order. -1: no memory. */
int story_join(struct story *s, struct story *more);
/* Drops what came after a time (µs) or stands at a position or behind it; order is kept. */
void story_until(struct story *s, int64_t time, uint64_t position);
void story_release(struct story *s);

extern const char *const order_name[];

/* Phase, outcome and approval as the events tell them; what they do not tell stays empty. */
void story_summary(const struct story *s, char phase[64], char outcome[64], char approval[64]);

/* legacy.c: today's name of an event type; a value of event_data by today's path, also where an older version named it otherwise, or JSON_NONE. */
const char *event_type_now(const char *type);
uint32_t event_member(const struct json_doc *d, const char *path);

/* phrase.c: phase and one sentence for an event. doc: its event_data, parsed. */
const char *event_phase(const char *type);
bool event_in_story(const char *type);      /* worth a line of the short story */
void event_sentence(struct buf *out, const struct moment *m, struct json_doc *doc);

#endif
