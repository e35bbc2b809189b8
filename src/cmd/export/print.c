/* What a run of the exporter prints. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/export/export.h"

void
print_inputs(const struct argument *a, unsigned n)
{
	struct buf b;

	buf_init(&b, 1u << 30);
	for (unsigned i = 0; i < n; i++) {
		buf_str(&b, i ? ",{\"path\":" : "{\"path\":");
		text_json(&b, a[i].in.path, strlen(a[i].in.path));
		buf_printf(&b,
		    ",\"kind\":\"%s\",\"rows\":%" PRIu64 ",\"events\":%" PRIu64 ",\"rejects\":"
		    "%" PRIu64 ",\"conf"
		    "licts\""
		    ":"
		    "%" PRIu64 ",\"repeats\":%" PRIu64 ",\"lacks\":[",
		    input_reader[a[i].in.kind].name, a[i].in.rows, a[i].in.events, a[i].in.rejects,
		    a[i].in.conflicts, a[i].in.repeats);
		buf_put(&b, a[i].in.lacks.p, a[i].in.lacks.len);
		buf_str(&b, "],\"compared\":[");
		buf_put(&b, a[i].in.compared.p, a[i].in.compared.len);
		buf_byte(&b, ']');
		if (a[i].in.bytes.told)
			buf_printf(&b,
			    ",\"bytes\":{\"read\":%" PRIu64 ",\"understood\":%" PRIu64
			    ",\"rejected\":%" PRIu64 "}",
			    a[i].in.bytes.read, a[i].in.bytes.understood, a[i].in.bytes.rejected);
		buf_byte(&b, '}');
	}
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

/* What it lacks, a sentence a line, as the manifest is read. */
static void
print_lacks(const struct input *in)
{
	struct told_inputs told = { 0 };
	struct json_doc doc;
	struct buf b, t;

	json_init(&doc);
	buf_init(&b, 1u << 28);
	buf_init(&t, 1u << 16);
	buf_str(&b, "{\"inputs\":[{\"lacks\":[");
	buf_put(&b, in->lacks.p, in->lacks.len);
	buf_str(&b, "]}]}");
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

int
print_result(const struct cli *c, const struct writer_result *r, const struct argument *a,
    unsigned n, const struct session *s)
{
	const char *out = cli_get(c, "out"), *origin = cli_get(c, "origin");
	struct buf name, log;
	char hex[65];
	int status = r->rejects || r->conflicts ? EX_KEPT_ASIDE : 0;
	bool missing = false;

	/* an input that came to nothing beside others, or of which rows are known to be missing
	 * that nobody chose to leave out */
	for (unsigned i = 0; i < n; i++)
		missing |= a[i].in.known_lacks > a[i].in.asked_lacks ||
		    (!input_yields(&a[i].in) && !live_is(&a[i].live) &&
			/* a stream without entries is an answer */
			!(a[i].in.kind == INPUT_DEAD_LETTERS && a[i].in.rejects == 0));
	if (missing)
		status = EX_KEPT_ASIDE;
	hex_of(r->root, 32, hex);
	if (c->form == OUT_JSON) {
		struct buf b;

		buf_init(&b, 65536);
		buf_str(&b, "{\"file\":");
		text_json(&b, out, strlen(out));
		buf_str(&b, ",\"origin\":");
		text_json(&b, origin ? origin : "", origin ? strlen(origin) : 0);
		buf_printf(&b,
		    ",\"events\":%" PRIu64 ",\"rejects\":%" PRIu64 ",\"conflicts\":%" PRIu64
		    ",\"contexts\":%" PRIu64 ","
		    "\"first_position\":%" PRIu64 ",\"next_position\":%" PRIu64 ",\"root\":\"%s\","
		    "\"inputs\":[",
		    r->events, r->rejects, r->conflicts, r->contexts, r->first, r->next, hex);
		fwrite(b.p, 1, b.len, stdout);
		print_inputs(a, n);
		printf("]");
		if (s->first)
			printf(",\"vanished\":%" PRIu64, s->vanished);
		printf("}\n");
		buf_release(&b);
		return status;
	}
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
		       "named: "
		       "exhibit verify, class vanished\n",
		    s->vanished);
	if (cli_get(c, "key"))
		printf(
		    "checkpoint: %.*s %" PRIu64 " %s\n", (int)log.len, (char *)log.p, r->next, hex);
	if (missing)
		printf("Rows are known to be missing, or an input came to nothing: see above; the "
		       "archive says so too\n");
	if (r->rejects || r->conflicts)
		printf("Something was rejected or conflicting; it is in the archive: exhibit cat "
		       "%.*s --kind reject   (or conflict)\n",
		    (int)name.len, (char *)name.p);
	buf_release(&name);
	buf_release(&log);
	return status;
}
