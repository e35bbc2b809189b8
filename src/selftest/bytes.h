/* Bytes of a file as an outsider can change them, in memory alone: judged by what verify asks, as
 * far as it is touched, the cheapest first and none behind the one that finds something. */
#ifndef SELFTEST_BYTES_H
#define SELFTEST_BYTES_H

#include "selftest/judged.h"
#include "selftest/kinds.h"

struct bytes;

/* a: of the file, which outlives this; keys: that count for it. NULL: the tool failed (e). */
struct bytes *bytes_new(struct archive *a, const struct vkey *keys, unsigned n_keys, struct err *e);
void bytes_free(struct bytes *b);
/*
 * Makes a change of one of the kinds BYTES and judges it. t: draws. 0, and the stage that found it,
 * STAGES: none did; 1: the file has nothing that it could be made of; -1: the tool failed (e).
 */
int bytes_try(
    struct bytes *b, enum kind_of kind, struct trial *t, enum selftest_stage *ret, struct err *e);

#endif
