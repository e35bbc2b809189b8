/*
 * How changes of a tool are told: once for each input that was changed as a whole, and as an
 * explanation of alarms about single rows, which it may have made.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "chain/tool_changes_inner.h"

/* How an input is called in a sentence. */
static void
name_input(const struct archive *a, uint32_t input, struct buf *out)
{
	const struct told_input *in = archive_input(a, input);

	buf_clear(out);
	buf_printf(out, "%u", input);
	if (in && in->path.n) {
		buf_str(out, " (");
		text_plain(out, in->path.p, in->path.n > 200 ? 200 : in->path.n);
		buf_byte(out, ')');
	}
	buf_byte(out, '\0');
}

static int
by_id(const void *pa, const void *pb)
{
	const struct tried_row *a = pa, *b = pb;
	int k = memcmp(a->id, b->id, 16);

	return k ? k : a->file < b->file ? -1 : a->file > b->file;
}

/* The words that explain a row, one state for each way it can stand to the change. */
static void
explain(struct findings *l, struct finding *f, const struct tried_row *w, const struct told *told,
    size_t n_told)
{
	for (unsigned c = 0; c < UNDOS; c++) {
		bool accepted = false;

		for (size_t i = 0; i < n_told; i++)
			accepted |=
			    told[i].file == w->file && told[i].input == w->input && told[i].c == c;
		if (w->combination >> c & 1)
			finding_explain(l, f, BECAUSE_TOOL_GIVES,
			    GIVING(TEXT(undo_words[c]), TEXT(undo_name[c]), NUM(TOOL_PROOFS)));
		else if (w->shows >> c & 1 && accepted)
			finding_explain(l, f, BECAUSE_TOOL_GIVES_NOT,
			    GIVING(TEXT(undo_words[c]), TEXT(undo_name[c])));
		else if (w->shows >> c & 1)
			finding_explain(l, f, BECAUSE_TOOL_SHOWS,
			    GIVING(TEXT(undo_words[c]), TEXT(undo_name[c])));
	}
}

void
tool_changes_tell(struct tool_changes *t, struct rows *rows)
{
	struct findings *l = rows->findings;
	struct buf name;

	buf_init(&name, 2048);
	/* each change once for each input, with the number of its rows */
	for (size_t i = 0; i < t->n_told; i++) {
		const struct told *x = &t->told[i];

		name_input(rows->archive[x->file], x->input, &name);
		if (name.failed || x->rows == 0)
			continue;
		finding_say(l, S33_INPUT, x->file, "source records",
		    GIVING(TEXT((const char *)name.p), TEXT(undo_words[x->c]),
			TEXT(undo_name[x->c]), NUM(x->rows)));
	}
	buf_release(&name);
	if (t->n)
		qsort(t->row, t->n, sizeof *t->row, by_id);
	/* alarms about one row are explained where a tool may have made it */
	for (unsigned i = 0; i < l->n && t->n; i++) {
		struct finding *f = &l->f[i];
		struct tried_row key = { .file = f->file };
		const struct tried_row *w;

		if (f->n_events != 1 || finding_info[f->id].level != LEVEL_ALARM ||
		    f->n_explanations)
			continue;
		memcpy(key.id, f->event[0], 16);
		w = bsearch(&key, t->row, t->n, sizeof *t->row, by_id);
		if (w && !w->settled)
			explain(l, f, w, t->told, t->n_told);
	}
}
