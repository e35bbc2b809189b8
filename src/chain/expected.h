/*
 * Events that belong together on a remediation's way (expected.def). One that is not here is
 * named, never more: events are sent through buffers
 * that may drop them, so the absence of an event is no proof of the absence of an act.
 */
#ifndef CHAIN_EXPECTED_H
#define CHAIN_EXPECTED_H

#include "event/event.h"
#include "json/json.h"
#include "record/record.h"

#define EXPECTED_NONE 0xff

/* The number of an event type that the rules know, EXPECTED_NONE for others. */
uint8_t expected_type(struct str type);

/* The same for an event, whose data may make it one of several of its type (WITH_DECISION). d and
 * text are scratch. 0 and *ret, or -1: no memory. */
int expected_of(
    const struct record *r, struct str type, struct json_doc *d, struct buf *text, uint8_t *ret);
/* Do events of this type, by its name, record what a person decided? */
bool expected_is_decision(struct str name);

/* What is known of all events: when each type was first written, and which types each correlation
 * has. */
struct expected {
	uint64_t *has;  /* by correlation number: a bit per type */
	int64_t *since; /* the time of its first event */
	uint32_t n, cap;
	int64_t first[64]; /* per type, over all correlations; INT64_MAX: none */
};

void expected_init(struct expected *x);
void expected_release(struct expected *x);
/* An event of a correlation. time: INT64_MIN if it has none. -1: no memory. */
int expected_note(struct expected *x, uint32_t correlation, uint8_t type, int64_t time);
/*
 * Rules that a correlation breaks: bits of the markers that are there. Only types count that the
 * source had written before this correlation
 * began, so that no version is asked for what a later one writes.
 */
uint64_t expected_broken(const struct expected *x, uint32_t correlation);
/* Was a decision of a person carried out whose own record is not here? */
bool expected_lacks_decision(const struct expected *x, uint32_t correlation);
/* The types it lacks, as a list for a sentence. */
void expected_missing(const struct expected *x, uint32_t correlation, struct buf *out);

#endif
