/* A time stamp is asked of an authority (trust.md W-5), and held against the question before
 * anybody keeps it. */
#ifndef WITNESS_STAMPING_H
#define WITNESS_STAMPING_H

#include "trust/stamp.h"
#include "witness/http.h"

struct stamping {
	const struct authorities *authorities; /* borrowed; NULL: none were given */
	const struct http_options *http;
};

/*
 * Asks for a stamp over bytes of that SHA-256. 0: ret->counts, and *ret_der is the answer; 1: what
 * came does not count (said); -1 the tool failed (e). ret_der is to be released in any case.
 */
int stamping_ask(const struct stamping *s, const char *url, const uint8_t imprint[32],
    struct stamp *ret, struct buf *ret_der, char said[500], struct err *e);

#endif
