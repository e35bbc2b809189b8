/* What a run of the exporter prints. */
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
		    ",\"kind\":\"%s\",\"rows\":%llu,\"events\":%llu,\"rejects\":%llu,\"conflicts\":"
		    "%llu,\"repeats\":%llu,\"lacks\":[",
		    input_reader[a[i].in.kind].name, (unsigned long long)a[i].in.rows,
		    (unsigned long long)a[i].in.events, (unsigned long long)a[i].in.rejects,
		    (unsigned long long)a[i].in.conflicts, (unsigned long long)a[i].in.repeats);
		buf_put(&b, a[i].in.lacks.p, a[i].in.lacks.len);
		buf_str(&b, "],\"compared\":[");
		buf_put(&b, a[i].in.compared.p, a[i].in.compared.len);
		buf_byte(&b, ']');
		if (a[i].in.bytes.told)
			buf_printf(&b,
			    ",\"bytes\":{\"read\":%llu,\"understood\":%llu,\"rejected\":%llu}",
			    (unsigned long long)a[i].in.bytes.read,
			    (unsigned long long)a[i].in.bytes.understood,
			    (unsigned long long)a[i].in.bytes.rejected);
		buf_byte(&b, '}');
	}
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

void
print_argument(const struct argument *a)
{
	const struct input *in = &a->in;
	struct json_doc lacks;
	struct buf b;

	buf_init(&b, 1u << 20);
	text_plain(&b, in->path, strlen(in->path));
	printf("%.*s: %s, %llu rows: %llu events", (int)b.len, b.p, input_reader[in->kind].name,
	    (unsigned long long)in->rows, (unsigned long long)in->events);
	if (in->rejects)
		printf(", %llu REJECTED", (unsigned long long)in->rejects);
	if (in->conflicts)
		printf(", %llu CONFLICTING", (unsigned long long)in->conflicts);
	if (in->repeats)
		printf(", %llu repeats", (unsigned long long)in->repeats);
	if (in->contexts)
		printf(", %llu context records", (unsigned long long)in->contexts);
	if (in->dead_letters)
		printf(", %llu dead letters", (unsigned long long)in->dead_letters);
	if (in->outside)
		printf(", %llu outside the period", (unsigned long long)in->outside);
	printf("\n");
	if (in->bytes.told)
		printf("  %llu bytes read: %llu understood, %llu kept as rejects\n",
		    (unsigned long long)in->bytes.read, (unsigned long long)in->bytes.understood,
		    (unsigned long long)in->bytes.rejected);
	/* one sentence a line */
	json_init(&lacks);
	buf_clear(&b);
	buf_byte(&b, '[');
	buf_put(&b, in->lacks.p, in->lacks.len);
	buf_byte(&b, ']');
	if (!b.failed && json_parse(&lacks, (char *)b.p, b.len, 8) == 0)
		for (uint32_t i = lacks.node[0].first; i != JSON_NONE; i = lacks.node[i].next) {
			struct buf t;

			uint32_t said = lacks.node[i].type == JSON_OBJECT ?
			    json_member(&lacks, i, "sentence") :
			    i;
			uint64_t rows;

			buf_init(&t, 1u << 16);
			if (said != JSON_NONE)
				text_plain(&t, json_str(&lacks, said), lacks.node[said].str_len);
			printf("  %s: %.*s", said == i ? "lacks" : "LACKS ROWS", (int)t.len,
			    t.len ? (char *)t.p : "");
			if (said != i && json_u64(&lacks, i, "rows", &rows))
				printf(" (%llu rows)", (unsigned long long)rows);
			printf("\n");
			buf_release(&t);
		}
	json_release(&lacks);
	for (unsigned k = 0; k < in->n_tables; k++)
		if (in->table[k].rows) {
			buf_clear(&b);
			text_plain(&b, in->table[k].name, strlen(in->table[k].name));
			printf("  %-40.*s %10llu rows%s\n", (int)b.len, b.p,
			    (unsigned long long)in->table[k].rows,
			    in->table[k].kept ? "" : "  (left out)");
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
		    ",\"events\":%llu,\"rejects\":%llu,\"conflicts\":%llu,\"contexts\":%llu,"
		    "\"first_position\":%llu,\"next_position\":%llu,\"root\":\"%s\",\"inputs\":[",
		    (unsigned long long)r->events, (unsigned long long)r->rejects,
		    (unsigned long long)r->conflicts, (unsigned long long)r->contexts,
		    (unsigned long long)r->first, (unsigned long long)r->next, hex);
		fwrite(b.p, 1, b.len, stdout);
		print_inputs(a, n);
		printf("]");
		if (s->first)
			printf(",\"vanished\":%llu", (unsigned long long)s->vanished);
		printf("}\n");
		buf_release(&b);
		return status;
	}
	buf_init(&log, 65536);
	if (origin)
		text_plain(&log, origin, strlen(origin));
	buf_init(&name, 65536);
	text_plain(&name, out, strlen(out));
	printf("%.*s: %llu events, %llu records, %s\n", (int)name.len, (char *)name.p,
	    (unsigned long long)r->events, (unsigned long long)r->next,
	    cli_get(c, "key") ? "sealed" : "UNSEALED");
	for (unsigned i = 0; i < n; i++)
		print_argument(&a[i]);
	if (s->vanished)
		printf("%llu events of earlier files are gone from the source; they are named: "
		       "exhibit verify, class vanished\n",
		    (unsigned long long)s->vanished);
	if (cli_get(c, "key"))
		printf("checkpoint: %.*s %llu %s\n", (int)log.len, (char *)log.p,
		    (unsigned long long)r->next, hex);
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
