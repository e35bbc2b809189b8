/* The events of one correlation in order, and every story of an archive in one pass. */
#ifndef READ_STORY_H
#define READ_STORY_H

#include "json/emit.h"
#include "read/moment.h"
#include "read/select.h"

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
typedef int story_fn(void *arg, const struct correlation *c, struct story *s);
int stories_each(struct reading *r, const struct catalog *cat, bool remediations, story_fn *each,
    void *arg, struct err *e);
/*
 * The same in the order of the log: by the first record of each, also where no event of one can be
 * read. In batches, so that memory does not depend on how long a remediation took.
 */
int stories_in_order(struct reading *r, const struct catalog *cat, bool remediations,
    story_fn *each, void *arg, struct err *e);
/* The same event, sealed in two files, is one: drops those behind the first. m stands in order. */
void story_drop_copies(struct story *s);
/* Orders a story, or one that has changed, and replays its phases. -1: no memory. */
int story_settle(struct story *s);
/* Takes the events of another story over, in order. -1: no memory. */
int story_join(struct story *s, struct story *more);
/* The same with what older versions filed under other names: decisions under the request's,
 * cleared blocks under the execution's. 0 or -1 (e). */
int story_join_older(struct story *s, struct reading *r, const struct catalog *cat,
    const struct correlation *c, struct err *e);
/* Drops what came after a time (µs) or stands at a position or behind it. -1: no memory. */
int story_until(struct story *s, int64_t time, uint64_t position);
void story_release(struct story *s);

extern const char *const order_name[]; /* as JSON has it */
extern const char *const order_mark[]; /* as a line has it: a blank where the time tells */

/* How it is known that the event at place a comes before that at b, a < b. */
enum order story_order(const struct story *s, unsigned a, unsigned b);
/* `"order":…` of the event at a place, and what its link tells of storing (formats/output.md
 * O-7). */
void story_order_put(struct emit *e, const struct story *s, unsigned at);
/* Does a path of links lead from one of them to the other? Then it is known which was stored
 * first. */
bool story_linked(const struct story *s, unsigned a, unsigned b);

/* What was decided on approval, in a word, as the events tell it; empty if nothing was. */
void story_approval(const struct story *s, char approval[64]);

/* members.c: a value of event_data by today's path, also where an older version named it otherwise;
 * JSON_NONE. */
uint32_t event_member(const struct json_doc *d, const char *path);

/* phrase.c: one sentence for an event. doc: its event_data, parsed, or NULL. */
void event_sentence(struct buf *out, const struct moment *m, struct json_doc *doc);

/* failure.c: what an event says went wrong (output.md O-7). Texts of the moment; n 0: not told. */
struct failure {
	struct str code, component, message;
	enum { RETRY_NOT_TOLD, RETRY_POSSIBLE, RETRY_IN_VAIN } retry;
};
/* false: it says nothing of it. */
bool event_failure(struct failure *ret, struct moment *m);
/* An object of its four members, null where one is not told. */
void failure_json(struct buf *b, const struct failure *f);
/* Code, component and retry in words; nothing if only the message is told. Not harmless yet. */
void failure_line(struct buf *b, const struct failure *f);

#endif
