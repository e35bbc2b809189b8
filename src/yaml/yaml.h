/*
 * src/yaml/: the one reader of YAML from outside, by libyaml's events: it makes JSON, which
 * src/json parses. YAML of ours is written by src/rebuild, which knows what a comment belongs to.
 *
 * YAML of a Kubernetes object as JSON: what kubectl printed, read back. One document, block or
 * flow style; plain scalars are null, true, false, numbers or text as Kubernetes takes them,
 * everything quoted is text. Anchors, aliases, tags of other kinds and keys that are no scalars
 * are refused.
 */
#ifndef YAML_YAML_H
#define YAML_YAML_H

#include "base/buf.h"

#define YAML_DEPTH 64u

/* As somebody's editor saved it: a byte order mark and UTF-16 are undone first (text_unwrap).
 * Appends the JSON text of the first document. 0 fine; 1 not such YAML, or longer than out may be
 * (why); -1 no memory. */
int yaml_to_json(const char *s, size_t n, struct buf *out, char why[200]);
/* The same with all documents, as one JSON array; *ret_n is their number. */
int yaml_all_to_json(const char *s, size_t n, struct buf *out, unsigned *ret_n, char why[200]);

#endif
