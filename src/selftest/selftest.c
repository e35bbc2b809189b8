#include "selftest/selftest.h"

#include <stdlib.h>
#include <string.h>

#include "archive/sequence.h"
#include "selftest/bytes.h"

#define ORIGIN "exhibit.example/selftest"
#define TRIES 24u /* drawings, until one hits something that a kind can be made of */

/* A log of two files, honest. */
struct basis {
	struct draft one, two;
	struct written first, second;
	struct seen_findings honest[4]; /* by what is given: GIVE_ONE, GIVE_TWO or both */
	struct pieces own;
	const struct str *hmac;
	unsigned n_hmac;
	bool keyed, there;
};

struct run {
	struct selftest *s;
	struct hand *hand;
	struct sha256 *sha;
	struct basis made, taken; /* of rows of its own; of rows of the file */
	struct written one, two;  /* of the change that is tried */
	struct bytes *bytes;
	struct written small; /* the file whose bytes are changed, where none is given */
	struct archive *small_open;
	struct str key; /* of the made rows' source */
	struct err *e;
};

/* ---- one judgement */

/* Verifies files as they would read. */
static int
judge(struct run *r, const struct written *const *w, unsigned n, const struct basis *b,
    const struct checkpoint *expect, struct seen_findings *ret)
{
	const struct vkey *key = hand_vkey(r->hand, HAND_OWN);
	struct archive *a[2] = { NULL, NULL };
	struct expect expected = { .met = false };
	struct verification v;
	int rc = 0;

	memset(&v, 0, sizeof v);
	if (expect)
		expected.c = *expect;
	for (unsigned i = 0; i < n && rc == 0; i++) {
		struct attached *x =
		    attached_held(w[i]->file.p, w[i]->file.len, i ? "second" : "first", i, r->e);

		rc = x == NULL || archive_open(x, key, 1, &v.findings, &a[i], r->e) < 0 ? -1 : 0;
	}
	v.archive = a;
	v.n_archives = n;
	v.hmac = b->hmac;
	v.n_hmac = b->n_hmac;
	v.any_vkey = true;
	v.threads = 1;
	v.expect = &expected;
	v.n_expects = expect != NULL;
	if (rc == 0) {
		sequence_sort(a, n, &v.findings);
		rc = sequence_check(a, n, &v.findings, r->e) ||
			vouch_judge(a, n, key, 1, v.expect, v.n_expects, &v.findings, r->e) ||
			verify_run(&v, r->e) ?
		    -1 :
		    0;
	}
	seen_take(ret, &v.findings);
	ret->unlike = v.rows.content[CONTENT_MISMATCH];
	ret->missing = v.rows.links[LINK_MISSING];
	ret->status = v.exit;
	verify_release(&v);
	for (unsigned i = 0; i < n; i++)
		archive_close(a[i]);
	return rc;
}

static int
judge_given(struct run *r, const struct basis *b, const struct written *one,
    const struct written *two, unsigned given, const struct checkpoint *expect,
    struct seen_findings *ret)
{
	const struct written *w[2];
	unsigned n = 0;

	if (given & GIVE_ONE)
		w[n++] = one;
	if (given & GIVE_TWO)
		w[n++] = two;
	return judge(r, w, n, b, expect, ret);
}

/* ---- honest logs */

static int
settle(struct run *r, struct basis *b)
{
	struct forgery f = { .hand = r->hand, .sha = r->sha, .draft = &b->one };

	written_init(&b->first);
	written_init(&b->second);
	if (forge(&f, &b->first, r->e))
		return -1;
	f.draft = &b->two;
	f.before = &b->first;
	if (forge(&f, &b->second, r->e))
		return -1;
	for (unsigned given = GIVE_ONE; given <= (GIVE_ONE | GIVE_TWO); given++)
		if (judge_given(r, b, &b->first, &b->second, given, NULL, &b->honest[given]))
			return -1;
	b->there = true;
	return 0;
}

/* Is what it writes itself an archive in which nothing is wrong? Else no count would mean
 * anything. */
static int
honest(struct run *r, const struct basis *b)
{
	static const struct seen_findings none;
	enum selftest_stage at = seen_first(&b->honest[GIVE_ONE | GIVE_TWO], &none);

	return at == STAGES || at >= STAGE_HASHES ? 0 :
						    err_set(r->e, EX_SOFTWARE_ERR,
							"the log that selftest writes itself is "
							"not found honest (%s): nothing is tried",
							selftest_stage_name[at]);
}

static int
prepare(struct run *r)
{
	struct selftest *s = r->s;
	int rc;

	if ((r->hand = hand_new(ORIGIN, s->seed, r->e)) == NULL)
		return -1;
	if ((r->sha = sha256_new()) == NULL)
		return err_nomem(r->e);
	r->key = (struct str){ rows_key, strlen(rows_key) };
	r->made.hmac = &r->key;
	r->made.n_hmac = 1;
	r->made.keyed = true;
	if (rows_make(&r->made.one, &r->made.two, &r->made.own))
		return err_nomem(r->e);
	if (settle(r, &r->made) || honest(r, &r->made))
		return -1;
	if (s->file == NULL) {
		const struct vkey *key = hand_vkey(r->hand, HAND_OWN);
		struct findings ignored = { 0 };
		struct attached *x =
		    attached_held(r->made.first.file.p, r->made.first.file.len, "first", 0, r->e);

		rc = x == NULL || archive_open(x, key, 1, &ignored, &r->small_open, r->e) < 0 ? -1 :
												0;
		findings_release(&ignored);
		return rc || (r->bytes = bytes_new(r->small_open, key, 1, r->e)) == NULL ? -1 : 0;
	}
	if ((r->bytes = bytes_new(s->file, s->key, s->n_keys, r->e)) == NULL)
		return -1;
	r->taken.hmac = s->hmac;
	r->taken.n_hmac = s->n_hmac;
	rc = rows_take(
	    s->file, s->hmac, s->n_hmac, &r->taken.one, &r->taken.two, &r->taken.own, r->e);
	if (rc < 0 || (rc == 0 && (settle(r, &r->taken) || honest(r, &r->taken))))
		return -1;
	s->rows_taken = rc == 0;
	return 0;
}

/* ---- one change */

static void
begin_trial(struct run *r, struct trial *t, const struct basis *b, uint64_t state)
{
	t->one = b->one;
	t->two = b->two;
	t->sha = r->sha;
	t->keyed = b->keyed;
	t->state = state;
	t->lie = t->lie_two = (struct lie){ LIE_NOT, 0 };
	t->seal = t->trailer = HAND_OWN;
	t->given = GIVE_ONE;
	t->against = 0;
	t->fork = t->expects = false;
}

/* Writes what was changed. */
static int
write_trial(struct run *r, const struct basis *b, const struct trial *t, enum selftest_hand hand)
{
	struct forgery f = { .hand = r->hand,
		.sha = r->sha,
		.draft = &t->one,
		.left = hand == OUTSIDER ? &b->first : NULL,
		.seal = t->seal,
		.trailer = t->trailer,
		.lie = t->lie };

	if (forge(&f, &r->one, r->e))
		return -1;
	if (!(t->given & GIVE_TWO) || t->fork)
		return 0;
	f.draft = &t->two;
	f.left = hand == OUTSIDER ? &b->second : NULL;
	f.before = &r->one;
	f.lie = t->lie_two;
	return forge(&f, &r->two, r->e);
}

static bool
same_bytes(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

/* Makes and judges one change of a log's records. 0, 1: nothing to make it of; -1 (r->e). */
static int
try_rows(struct run *r, const struct basis *b, enum kind_of kind, enum selftest_hand hand,
    uint64_t state, enum selftest_stage *ret_stage, bool *ret_same)
{
	const struct kind_info *k = &kind_info[kind];
	struct trial *t = calloc(1, sizeof *t);
	struct pieces own = { 0 };
	struct seen_findings seen = { .status = 0 };
	const struct written *two;
	int rc = 1;

	if (t == NULL)
		return err_nomem(r->e);
	t->own = &own;
	/* what is drawn may not fit the kind: then something else is drawn */
	for (unsigned i = 0; i < TRIES && rc > 0; i++) {
		begin_trial(r, t, b, state + ((uint64_t)i << 32));
		rc = k->make(t, k->arg);
	}
	if (rc < 0 || own.failed)
		rc = err_nomem(r->e);
	if (rc == 0)
		rc = write_trial(r, b, t, hand);
	/* nothing was changed after all */
	if (rc == 0 && t->given == GIVE_ONE && !t->expects && kind != KIND_OF_OLDER &&
	    same_bytes(&r->one.file, &b->first.file))
		rc = 1;
	if (rc == 0) {
		two = t->fork ? &b->first : &r->two;
		rc = judge_given(
		    r, b, &r->one, two, t->given, t->expects ? &b->second.seal : NULL, &seen);
		*ret_stage = seen_first(&seen, &b->honest[t->against ? t->against : t->given]);
		/* what is found must reach the status, too */
		if (*ret_stage != STAGES && seen.status == EX_OK)
			*ret_stage = STAGES;
		/* compressed otherwise, and the same records */
		*ret_same = k->must[hand] == NO_EFFECT ||
		    (k->arg == LIE_FRAME && k->make == kind_info[KIND_OF_FRAME].make &&
			hand == INSIDER &&
			memcmp(r->one.row, b->first.row, sizeof r->one.row[0]) == 0);
	}
	pieces_release(&own);
	free(t);
	return rc;
}

static int
try_bytes(struct run *r, enum kind_of kind, uint64_t state, enum selftest_stage *ret_stage)
{
	struct trial *t = calloc(1, sizeof *t);
	int rc = 1;

	if (t == NULL)
		return err_nomem(r->e);
	for (unsigned i = 0; i < TRIES && rc > 0; i++) {
		t->state = state + ((uint64_t)i << 32);
		rc = bytes_try(r->bytes, kind, t, ret_stage, r->e);
	}
	free(t);
	return rc;
}

/* ---- all of them */

static void
count(struct selftest *s, enum kind_of kind, enum selftest_hand hand, enum selftest_stage stage,
    bool same, uint64_t number)
{
	struct selftest_count *c[] = { &s->count[kind][hand], &s->all };
	enum selftest_must must = kind_info[kind].must[hand];

	for (unsigned i = 0; i < 2; i++) {
		c[i]->made++;
		if (stage != STAGES) {
			c[i]->found++;
			c[i]->stage[stage]++;
		} else if (same) {
			c[i]->same++;
		} else if (must == NOT_EXCLUDED) {
			c[i]->open++;
		} else {
			if (s->all.missed == 0) {
				s->missed_kind = kind;
				s->missed_hand = hand;
				s->missed_number = number;
			}
			c[i]->missed++;
		}
	}
}

/* One change of a kind, if there is anything to make it of. 0 or -1. */
static int
one(struct run *r, enum kind_of kind, enum selftest_hand hand, uint64_t number)
{
	struct selftest *s = r->s;
	uint64_t state = (s->seed + 1) * 0xd1342543de82ef95ull + ((uint64_t)kind << 24) +
	    ((uint64_t)hand << 20) + number;
	enum selftest_stage stage = STAGES;
	bool same = false;
	int rc;

	if (kind_info[kind].make == NULL) {
		rc = try_bytes(r, kind, state, &stage);
	} else {
		/* every second one on the file's own rows */
		rc = r->taken.there && number % 2 ?
		    try_rows(r, &r->taken, kind, hand, state, &stage, &same) :
		    1;
		if (rc > 0)
			rc = try_rows(r, &r->made, kind, hand, state, &stage, &same);
	}
	if (rc == 0)
		count(s, kind, hand, stage, same, number);
	return rc < 0 ? -1 : 0;
}

int
selftest_run(struct selftest *s, struct err *e)
{
	struct run *r = calloc(1, sizeof *r);
	uint64_t before = UINT64_MAX;
	int rc;

	if (r == NULL)
		return err_nomem(e);
	r->s = s;
	r->e = e;
	written_init(&r->one);
	written_init(&r->two);
	rc = prepare(r);
	/* one of each kind and hand after the other, until there are enough */
	for (uint64_t x = 0; rc == 0 && s->all.made < s->changes && s->all.made != before; x++) {
		before = s->all.made;
		for (unsigned i = 0; i < SELFTEST_KINDS * HANDS && rc == 0; i++)
			if (s->all.made < s->changes &&
			    kind_info[i / HANDS].must[i % HANDS] != NOT_TRIED)
				rc = one(r, (enum kind_of)(i / HANDS),
				    (enum selftest_hand)(i % HANDS), x);
	}
	bytes_free(r->bytes);
	archive_close(r->small_open);
	for (unsigned i = 0; i < 2; i++) {
		struct basis *b = i ? &r->taken : &r->made;

		written_release(&b->first);
		written_release(&b->second);
		pieces_release(&b->own);
	}
	written_release(&r->one);
	written_release(&r->two);
	hand_free(r->hand);
	sha256_free(r->sha);
	free(r);
	return rc;
}

bool
selftest_stages(const struct selftest *s)
{
	for (unsigned i = 0; i < STAGES; i++)
		if (s->all.stage[i] == 0)
			return false;
	return true;
}
