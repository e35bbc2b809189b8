/* What a run of the exporter prints. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/export/export.h"

/* An array of what stands already, with the commas between. */
static void
put_list(struct emit *e, const char *name, const struct buf *elements)
{
	emit_array(e, name);
	emit_list(e, elements->p, elements->len);
	emit_end(e);
}

void
put_input(struct emit *e, const struct input *in)
{
	emit_object(e, NULL);
	emit_str(e, "path", in->path);
	emit_str(e, "kind", input_reader[in->kind].name);
	emit_u64(e, "rows", in->rows);
	emit_u64(e, "events", in->events);
	emit_u64(e, "rejects", in->rejects);
	emit_u64(e, "conflicts", in->conflicts);
	emit_u64(e, "repeats", in->repeats);
	put_list(e, "lacks", &in->lacks);
	put_list(e, "compared", &in->compared);
	if (in->bytes.told) {
		emit_object(e, "bytes");
		emit_u64(e, "read", in->bytes.read);
		emit_u64(e, "understood", in->bytes.understood);
		emit_u64(e, "rejected", in->bytes.rejected);
		emit_end(e);
	}
	emit_end(e);
}

/* What it lacks, a sentence a line, as the manifest is read. */
static void
print_lacks(const struct input *in)
{
	struct told_inputs told = { 0 };
	struct json_doc doc;
	struct emit e;
	struct buf b, t;

	json_init(&doc);
	buf_init(&b, 1u << 28);
	buf_init(&t, 1u << 16);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	emit_array(&e, "inputs");
	emit_object(&e, NULL);
	put_list(&e, "lacks", &in->lacks);
	emit_end(&e);
	emit_end(&e);
	emit_end(&e);
	if (!b.failed && json_parse(&doc, (char *)b.p, b.len, 8) == 0 &&
	    told_read(&told, &doc) == 0)
		for (uint32_t i = 0, n; i < told.input->n_lacks; i += n) {
			const struct told_lack *l = &told.input->lack[i];

			n = told_lack_run(told.input, i);
			buf_clear(&b);
			buf_clear(&t);
			told_lack_say(&b, told.input, i, n);
			text_plain(&t, b.p, b.len);
			printf("  %s: %.*s", l->type ? "LACKS ROWS" : "lacks", (int)t.len,
			    t.len ? (char *)t.p : "");
			if (l->has_rows)
				printf(" (%" PRIu64 " rows)", l->rows);
			printf("\n");
		}
	told_release(&told);
	json_release(&doc);
	buf_release(&b);
	buf_release(&t);
}

void
print_argument(const struct argument *a)
{
	const struct input *in = &a->in;
	struct buf b;

	/* the path is the user's, and goes through text_plain */
	buf_init(&b, 1u << 20);
	text_plain(&b, in->path, strlen(in->path));
	printf("%.*s: %s, %" PRIu64 " rows: %" PRIu64 " events", (int)b.len, b.p,
	    input_reader[in->kind].name, in->rows, in->events);
	/* only what there is: a row of zeros tells nothing */
	if (in->rejects)
		printf(", %" PRIu64 " REJECTED", in->rejects);
	if (in->conflicts)
		printf(", %" PRIu64 " CONFLICTING", in->conflicts);
	if (in->repeats)
		printf(", %" PRIu64 " repeats", in->repeats);
	if (in->contexts)
		printf(", %" PRIu64 " context records", in->contexts);
	if (in->dead_letters)
		printf(", %" PRIu64 " dead letters", in->dead_letters);
	if (in->outside)
		printf(", %" PRIu64 " outside the period", in->outside);
	printf("\n");
	/* bytes of the input, which all of its rows add up to */
	if (in->bytes.told)
		printf("  %" PRIu64 " bytes read: %" PRIu64 " understood, %" PRIu64 " kept as "
		       "rejects\n",
		    in->bytes.read, in->bytes.understood, in->bytes.rejected);
	print_lacks(in);
	for (unsigned k = 0; k < in->n_tables; k++)
		if (in->table[k].rows) {
			buf_clear(&b);
			text_plain(&b, in->table[k].name, strlen(in->table[k].name));
			printf("  %-40.*s %10" PRIu64 " rows%s\n", (int)b.len, b.p,
			    in->table[k].rows, in->table[k].kept ? "" : "  (left out)");
		}
	buf_release(&b);
}

/* An input that came to nothing beside others, or of which rows are known to be missing that
 * nobody chose to leave out. */
static bool
something_missing(const struct argument *a, unsigned n)
{
	bool missing = false;

	for (unsigned i = 0; i < n; i++)
		missing |= a[i].in.known_lacks > a[i].in.asked_lacks ||
		    (!input_yields(&a[i].in) && !live_is(&a[i].live) &&
			/* a stream without entries is an answer */
			!(a[i].in.kind == INPUT_DEAD_LETTERS && a[i].in.rejects == 0));
	return missing;
}

static void
result_json(const struct cli *c, const struct writer_result *r, const struct argument *a,
    unsigned n, const struct session *s)
{
	const char *origin = cli_get(c, "origin");
	struct emit e;
	struct buf b;

	buf_init(&b, 1u << 30);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	emit_str(&e, "file", cli_get(c, "out"));
	emit_str(&e, "origin", origin ? origin : "");
	emit_u64(&e, "events", r->events);
	emit_u64(&e, "rejects", r->rejects);
	emit_u64(&e, "conflicts", r->conflicts);
	emit_u64(&e, "contexts", r->contexts);
	emit_u64(&e, "first_position", r->first);
	emit_u64(&e, "next_position", r->next);
	emit_hash(&e, "root", r->root);
	emit_array(&e, "inputs");
	for (unsigned i = 0; i < n; i++)
		put_input(&e, &a[i].in);
	emit_end(&e);
	if (s->first)
		emit_u64(&e, "vanished", s->vanished);
	emit_end(&e);
	buf_byte(&b, '\n');
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

static void
result_text(const struct cli *c, const struct writer_result *r, const struct argument *a,
    unsigned n, const struct session *s)
{
	const char *out = cli_get(c, "out"), *origin = cli_get(c, "origin");
	struct buf name, log;
	char hex[65];

	buf_init(&log, 65536);
	if (origin)
		text_plain(&log, origin, strlen(origin));
	buf_init(&name, 65536);
	text_plain(&name, out, strlen(out));
	printf("%.*s: %" PRIu64 " events, %" PRIu64 " records, %s\n", (int)name.len, (char *)name.p,
	    r->events, r->next, cli_get(c, "key") ? "sealed" : "UNSEALED");
	for (unsigned i = 0; i < n; i++)
		print_argument(&a[i]);
	if (s->vanished)
		printf("%" PRIu64 " events of earlier files are gone from the source; they are "
		       "named: exhibit verify, class vanished\n",
		    s->vanished);
	hex_of(r->root, 32, hex);
	if (cli_get(c, "key"))
		printf(
		    "checkpoint: %.*s %" PRIu64 " %s\n", (int)log.len, (char *)log.p, r->next, hex);
	if (something_missing(a, n))
		printf("Rows are known to be missing, or an input came to nothing: see above; the "
		       "archive says so too\n");
	if (r->rejects || r->conflicts)
		printf("Something was rejected or conflicting; it is in the archive: exhibit cat "
		       "%.*s --kind reject   (or conflict)\n",
		    (int)name.len, (char *)name.p);
	buf_release(&name);
	buf_release(&log);
}

int
print_result(const struct cli *c, const struct writer_result *r, const struct argument *a,
    unsigned n, const struct session *s)
{
	(c->form == OUT_JSON ? result_json : result_text)(c, r, a, n, s);
	return r->rejects || r->conflicts || something_missing(a, n) ? EX_KEPT_ASIDE : 0;
}
