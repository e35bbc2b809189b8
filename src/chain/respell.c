/* Every form that a body may have had before a tool changed it (event.md E-13, d), for whoever asks
 * of one row and knows nothing of its input: the exporter, before it withholds (record.md R-22). */
#include <string.h>

#include "base/limits.h"
#include "chain/content.h"
#include "chain/undo.h"
#include "event/event.h"

#define SIZE 3u             /* changes in one combination, at most */
#define QUARTER 900000000ll /* of an hour, in microseconds: the zones there are */
#define WEST 48
#define EAST 56

struct forms {
	const void *body;
	size_t n;
	enum body_form form;
	struct undo *undo;
	struct buf text, made;
	struct event e; /* with the last combination undone */
	spelling_fn *f;
	void *arg;
};

static bool
ask(struct forms *x, const char *name)
{
	buf_clear(&x->made);
	event_put_body(&x->made, &x->e, x->form);
	return !x->made.failed && x->f(x->arg, x->made.p, x->made.len, x->form, name);
}

/* Undoes all of a combination in x->e. false: one of them changes nothing, or cannot have been. */
static bool
undone(struct forms *x, uint32_t combination)
{
	const char *why;

	if (event_parse_body(&x->e, x->body, x->n, x->form, false, &x->text, &why))
		return false;
	undo_begin(x->undo);
	for (unsigned c = 0; c < UNDO_TEXTS; c++)
		if (combination >> c & 1 && undo_apply(x->undo, &x->e, c, ~0u) != UNDONE_OTHER)
			return false;
	return true;
}

/* The times that a zone without its name may stand for. */
static bool
zones(struct forms *x, uint32_t combination)
{
	int64_t time;

	if (!undone(x, combination))
		return false;
	time = x->e.time;
	for (int q = -WEST; q <= EAST; q++) {
		x->e.time = time - q * QUARTER;
		if (q && x->e.time >= UTC_FIRST && x->e.time < UTC_END &&
		    ask(x, undo_name[UNDO_LOCAL_TIME]))
			return true;
	}
	return false;
}

static bool
all_forms(struct forms *x)
{
	uint32_t applies = 0;

	for (unsigned c = 0; c < UNDO_TEXTS; c++)
		if (undone(x, 1u << c)) {
			if (ask(x, undo_name[c]))
				return true;
			applies |= 1u << c;
		}
	for (uint32_t c = applies & -applies; c; c = (c - applies) & applies)
		if (undo_count(c) > 1 && undo_count(c) <= SIZE &&
		    undo_count(c & UNDO_CODE_PAGES) <= 1 && undone(x, c) &&
		    ask(x, "several changes"))
			return true;
	return zones(x, 0) ||
	    (applies && undo_count(applies & UNDO_CODE_PAGES) <= 1 && zones(x, applies));
}

bool
judge_tool_forms(
    const void *body, size_t n, enum body_form form, bool *ret_gave_up, spelling_fn *f, void *arg)
{
	struct forms x = { .body = body, .n = n, .form = form, .f = f, .arg = arg };
	bool found = false;

	buf_init(&x.text, EX_MAX_BODY);
	buf_init(&x.made, 4u * EX_MAX_BODY);
	if ((x.undo = undo_new()) != NULL)
		found = all_forms(&x);
	else
		*ret_gave_up = true;
	undo_free(x.undo);
	buf_release(&x.text);
	buf_release(&x.made);
	return found;
}
