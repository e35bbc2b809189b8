#include "chain/expected.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "event/types.h"

enum {
#define EVENT_TYPE(id, type) id##_AT,
#define EVENT_TYPE_OLDER EVENT_TYPE
#define WITH_DECISION(id, of, word) id##_AT,
#define ALSO(id, type)
#define EXPECT(marker, expected)
#include "chain/expected.def"
#undef WITH_DECISION
#undef EVENT_TYPE
#undef EVENT_TYPE_OLDER
#undef ALSO
	TYPES
};

_Static_assert(TYPES <= 64, "each type is a bit of struct expected");

static const struct type {
	enum event_type type;
	bool older; /* its older names count, too */
	uint8_t at;
} type[] = {
#define EVENT_TYPE(id, type) { ET_##type, false, id##_AT },
#define EVENT_TYPE_OLDER(id, type) { ET_##type, true, id##_AT },
#define ALSO EVENT_TYPE
#define WITH_DECISION(id, of, word)
#include "chain/expected.def"
#undef EVENT_TYPE
#undef EVENT_TYPE_OLDER
#undef ALSO
#undef WITH_DECISION
#undef EXPECT
};

#define EVENT_TYPE(id, type)
#define EVENT_TYPE_OLDER(id, type)
#define ALSO(id, type)
/* Types that say more than their name: which of their events hold this decision. */
static const struct with_decision {
	uint8_t at, of;
	const char *word;
} with_decision[] = {
#define WITH_DECISION(id, of, word) { id##_AT, of##_AT, word },
#define EXPECT(marker, expected)
#include "chain/expected.def"
#undef WITH_DECISION
#undef EXPECT
};

#define BIT(id) (1ull << id##_AT)
static const struct rule {
	uint64_t marker, expected;
} rule[] = {
#define WITH_DECISION(id, of, word)
#define EXPECT(marker, expected) { BIT(marker), expected },
#include "chain/expected.def"
};

#define RULES (sizeof rule / sizeof *rule)

uint8_t
expected_type(struct str t)
{
	bool older;
	enum event_type of = event_type_of(t.p, t.n, &older);

	for (size_t i = 0; i < sizeof type / sizeof *type; i++)
		if (type[i].type == of && (!older || type[i].older))
			return type[i].at;
	return EXPECTED_NONE;
}

bool
expected_is_decision(struct str name)
{
	return expected_type(name) == DECIDED_AT;
}

int
expected_of(
    const struct record *r, struct str name, struct json_doc *d, struct buf *text, uint8_t *ret)
{
	struct event ev;
	const char *why;
	uint32_t word;
	int rc;

	*ret = expected_type(name);
	for (size_t i = 0; i < sizeof with_decision / sizeof *with_decision; i++) {
		if (with_decision[i].of != *ret || r->body_form == BODY_VERBATIM ||
		    event_parse_body(
			&ev, (const char *)r->body, r->body_len, r->body_form, false, text, &why))
			continue;
		if ((rc = json_parse(d, ev.data.p, ev.data.n, EX_JSON_DEPTH)) < 0)
			return -1;
		word = rc == 0 ? json_member(d, 0, "decision") : JSON_NONE;
		if (json_text_is(d, word, with_decision[i].word))
			*ret = with_decision[i].at;
	}
	return 0;
}

void
expected_init(struct expected *x)
{
	*x = (struct expected){ .n = 0 };
	for (unsigned i = 0; i < 64; i++)
		x->first[i] = INT64_MAX;
}

void
expected_release(struct expected *x)
{
	free(x->has);
	free(x->since);
	*x = (struct expected){ .n = 0 };
}

static void
note_type(struct expected *x, uint32_t c, uint8_t t, int64_t time)
{
	x->has[c] |= 1ull << t;
	if (time != INT64_MIN && time < x->first[t])
		x->first[t] = time;
}

int
expected_note(struct expected *x, uint32_t c, uint8_t t, int64_t time)
{
	void *p;

	if (c >= x->cap) {
		uint32_t cap = x->cap ? x->cap : 512;

		while (cap <= c)
			cap *= 2;
		if ((p = vec_resize(x->has, cap, sizeof *x->has)) == NULL)
			return -1;
		x->has = p;
		if ((p = vec_resize(x->since, cap, sizeof *x->since)) == NULL)
			return -1;
		x->since = p;
		x->cap = cap;
	}
	for (; x->n <= c; x->n++) {
		x->has[x->n] = 0;
		x->since[x->n] = INT64_MAX;
	}
	if (time != INT64_MIN && time < x->since[c])
		x->since[c] = time;
	if (t == EXPECTED_NONE)
		return 0;
	note_type(x, c, t, time);
	for (size_t i = 0; i < sizeof with_decision / sizeof *with_decision; i++)
		if (with_decision[i].at == t)
			note_type(x, c, with_decision[i].of, time);
	return 0;
}

/* Which of some types the source had written before this correlation began. */
static uint64_t
known_by(const struct expected *x, uint64_t types, int64_t time)
{
	uint64_t known = 0;

	for (unsigned i = 0; i < TYPES; i++)
		if (types >> i & 1 && x->first[i] < time)
			known |= 1ull << i;
	return known;
}

/* Of a rule: the types that are wanted and not there; 0 if it holds, or cannot be asked. */
static uint64_t
lacks(const struct expected *x, uint32_t c, const struct rule *r)
{
	return x->has[c] & r->marker && !(x->has[c] & r->expected) ?
	    known_by(x, r->expected, x->since[c]) :
	    0;
}

uint64_t
expected_broken(const struct expected *x, uint32_t c)
{
	uint64_t broken = 0;

	for (size_t i = 0; i < RULES && c < x->n; i++)
		if (lacks(x, c, &rule[i]))
			broken |= rule[i].marker;
	return broken;
}

bool
expected_lacks_decision(const struct expected *x, uint32_t c)
{
	for (size_t i = 0; i < RULES && c < x->n; i++)
		if (rule[i].expected == BIT(DECIDED) && lacks(x, c, &rule[i]))
			return true;
	return false;
}

static const char *
name_of(unsigned at)
{
	for (size_t i = 0; i < sizeof type / sizeof *type; i++)
		if (type[i].at == at)
			return event_type_info[type[i].type].name;
	return "";
}

void
expected_missing(const struct expected *x, uint32_t c, struct buf *out)
{
	uint64_t said = 0, miss;

	for (size_t i = 0; i < RULES; i++) {
		bool one = false;

		if ((miss = lacks(x, c, &rule[i]) & ~said) == 0)
			continue;
		buf_str(out, out->len ? ", " : "");
		for (unsigned k = 0; k < TYPES; k++)
			if (miss >> k & 1) {
				buf_printf(out, "%s%s", one ? " or " : "", name_of(k));
				one = true;
			}
		said |= miss;
	}
}
