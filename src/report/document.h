/*
 * Small documents of our own as JSON: the verdict of `verify -o json` is one (output.md O-4). This
 * is the one place where cJSON is used, for the tree and for writing it; formats/errata.md says
 * what it may not touch and why. It never sees text or a number as such: both are handed to it as
 * JSON that stands already, so 64-bit numbers keep their digits and text of others is harmless.
 *
 * What is bounded and read as a whole is a document; rows, and whatever grows with them, are
 * streamed (json/emit.h), and what is hashed or signed is written where its clause is.
 */
#ifndef REPORT_DOCUMENT_H
#define REPORT_DOCUMENT_H

#include "base/buf.h"

struct document;

/* An empty object. Want of memory, here or later, sticks: document_print says so. */
struct document *document_new(void);
void document_free(struct document *d); /* NULL is none */

/* A member of what is open, or an element: name NULL. Names are constants of ours, and are
 * borrowed. What object and array open, end closes. */
void document_object(struct document *d, const char *name);
void document_array(struct document *d, const char *name);
void document_end(struct document *d);

void document_str(struct document *d, const char *name, const char *s); /* NULL: null */
void document_u64(struct document *d, const char *name, uint64_t v);
void document_bool(struct document *d, const char *name, bool v);
/* JSON that stands already, n bytes of it; copied. */
void document_raw(struct document *d, const char *name, const void *json, size_t n);

/* Appends it in one line, without a line feed. 0; -1: no memory (noted), out has nothing whole, or
 * something was left open. */
int document_print(const struct document *d, struct buf *out);

#endif
