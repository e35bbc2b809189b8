/*
 * What a single record may say (record.md; event.md E-9), as far
 * as unpacking it did not have to know: what
 * an exporter that follows the format never seals, and a holder of the key could.
 */
#ifndef VERIFY_RECORD_RULES_H
#define VERIFY_RECORD_RULES_H

#include "event/view.h"
#include "finding/finding.h"

/* A rule that a record breaks: the sentence, and what a decoder said (A22_FAULT); else NULL. */
struct broken {
	enum said said;
	const char *why;
};

/*
 * Does a record break one? t: its table, NULL if it has none. view and d are scratch; the view is
 * left open on rows kept verbatim. *ret_failed: set if there was no memory.
 */
bool record_rule_broken(const struct record *r, const struct table *t, struct view *view,
    struct json_doc *d, struct broken *ret, bool *ret_failed);

#endif
