/* One event of a correlation with what the readers of its story need. */
#ifndef READ_MOMENT_H
#define READ_MOMENT_H

#include "event/types.h"
#include "event/view.h"
#include "json/json.h"
#include "read/phases.h"

/* What costs time to read, and only some readers ask for. */
enum moment_want {
	WANT_HASHES = 1, /* hash and previous: links between events */
	WANT_REST = 2    /* rest: equal to the last column */
};

/* event_data of one event, parsed once, for whoever reads it. */
struct payload {
	enum { PAYLOAD_UNREAD, PAYLOAD_FINE, PAYLOAD_NONE, PAYLOAD_NO_MEMORY } state;
	struct json_doc doc;
};

struct moment {
	unsigned archive;
	uint64_t position;
	uint8_t id[16], hash[32], previous[32];
	bool has_hash, has_previous;
	int64_t time;
	/* Texts of its row, NULL where it has none; all in one piece, owned by `text`. */
	const char *type, *category, *action, *outcome, *actor_type, *actor_id, *resource_type,
	    *resource_id, *namespace, *cluster, *error_code, *error_message;
	const char *data; /* event_data, to be parsed: moment_payload */
	size_t data_len, text_len;
	char *text;
	enum event_type kind;    /* of its type, under whatever name; EVENT_TYPES: unknown */
	bool older;              /* its type is spelled as older versions did */
	struct payload *payload; /* owned; NULL: not asked for yet */
	bool cluster_name;       /* its row has that column: an older schema */
	bool zoneless;           /* and its holds are placed at times without a zone: before 1.5 */
	bool answer;             /* its row came as the source's server answers, not as a table */
	bool numbered;           /* its row has insert_seq: links are a line of storing */
	bool late;        /* sealed behind an event of a later time of an earlier file */
	enum order order; /* how it is known to come after the one before */
	/* place of the event its link names; NOT_LINKED: none here */
	uint32_t stored_after;
	bool contradicts_time;   /* and that one is later by the times they state */
	bool behind_end;         /* later than the event that ended the remediation */
	struct moment_told told; /* what it tells of the phase: phases.c */
	bool entry;              /* to a phase, in the replay */
	/* digest of all columns but ids, hashes and those above; if it was asked for */
	uint8_t rest[16];
};

#define NOT_LINKED UINT32_MAX

/*
 * Makes a moment of a record. want: bits of enum moment_want; sha is used for WANT_REST only, and
 * may be NULL without it. table: the one that the record names, NULL if there is none. 0 made, and
 * *why says which rule its row breaks, or is NULL; 1 the record is no event; -1 no memory. To be
 * released after a 0. It borrows nothing.
 */
int moment_read(struct moment *m, struct view *v, const struct record *rec,
    const struct table *table, unsigned want, struct sha256 *sha, const char **why);
void moment_release(struct moment *m);

/*
 * event_data, parsed when it is asked for first; lives as long as the moment. NULL: there is none,
 * it is no JSON, or there was no memory (moment_nomem).
 */
struct json_doc *moment_payload(struct moment *m);
/* The same where it is an object; else NULL. */
struct json_doc *moment_object(struct moment *m);
static inline bool
moment_nomem(const struct moment *m)
{
	return m->payload && m->payload->state == PAYLOAD_NO_MEMORY;
}

/* Bytes that it holds, about. */
size_t moment_weight(const struct moment *m);

#endif
