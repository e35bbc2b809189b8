#include "selftest/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"
#include "event/event.h"
#include "event/types.h"
#include "json/emit.h"

const char rows_key[] = "the key of a source that there is not";

#define STEPS 8u           /* events of a remediation that is made */
#define FIRST_FILE 4u      /* remediations in the first file that is made */
#define MADE 5u            /* and in both */
#define BEGAN 1790000000ll /* seconds; 2026 */
#define HOUR 3600000000ll  /* µs */

void *
pieces_take(struct pieces *x, size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (p == NULL || vec_more(&x->p, x->n, sizeof *x->p)) {
		nomem_note();
		free(p);
		x->failed = true;
		return NULL;
	}
	return x->p[x->n++] = p;
}

void *
pieces_copy(struct pieces *x, const void *p, size_t n)
{
	void *q = pieces_take(x, n);

	if (q && n)
		memcpy(q, p, n);
	return q;
}

void
pieces_release(struct pieces *x)
{
	for (unsigned i = 0; i < x->n; i++)
		free(x->p[i]);
	free(x->p);
	*x = (struct pieces){ 0 };
}

bool
rows_event(const struct record *r, struct event *ret, struct buf *text)
{
	const char *why;

	return r->kind == KIND_EVENT && r->body_form != BODY_VERBATIM &&
	    event_parse_body(ret, (const char *)r->body, r->body_len, (enum body_form)r->body_form,
		false, text, &why) == 0;
}

int
rows_put_event(struct record *r, const struct event *ev, struct pieces *own)
{
	struct sha256 *sha = sha256_new();
	struct buf b;
	int rc = -1;

	buf_init(&b, EX_MAX_BODY);
	event_put_body(&b, ev, (enum body_form)r->body_form);
	if (sha && !b.failed && (r->body = pieces_copy(own, b.p, b.len)) != NULL) {
		r->body_len = b.len;
		memcpy(r->id, ev->id, 16);
		r->time = ev->time;
		sha256_once(sha, ev->correlation.p, ev->correlation.n, r->correlation);
		rc = 0;
	}
	buf_release(&b);
	sha256_free(sha);
	return rc;
}

void
rows_hash(struct record *r, bool keyed, struct sha256 *sha)
{
	struct hmac256 *h;
	char before[65] = "";

	r->claimed_form = FORM_HEX;
	r->algorithm = keyed ? ALGO_HMAC : ALGO_SHA256;
	if (!keyed) {
		record_digest(sha, r, r->claimed);
		return;
	}
	if (r->previous_form == FORM_HEX)
		hex_of(r->previous, 32, before);
	if ((h = hmac256_new(rows_key, sizeof rows_key - 1)) == NULL) {
		nomem_note();
		return;
	}
	hmac256_of(h, before, strlen(before), r->body, r->body_len, r->claimed);
	hmac256_free(h);
}

/* ---- what stands around the rows */

static struct record *
more(struct draft *d)
{
	struct record *r = &d->rec[d->n].r;

	d->rec[d->n++].last = false;
	memset(r, 0, sizeof *r);
	return r;
}

/* A context record of a text of its own. */
static void
put_context(struct draft *d, uint32_t source, const struct buf *text, struct pieces *own)
{
	struct record *r = more(d);

	r->kind = KIND_CONTEXT;
	r->flags = FLAG_ID_ABSENT | FLAG_NO_CORRELATION;
	r->claimed_form = r->previous_form = FORM_ABSENT;
	r->body_form = BODY_VERBATIM;
	r->source = source;
	r->body = pieces_copy(own, text->p, text->len);
	r->body_len = r->body ? text->len : 0;
}

static void
put_start(struct draft *d, struct buf *b, struct pieces *own)
{
	struct emit x;

	d->started_at = "2026-12-01T00:00:00Z";
	buf_clear(b);
	emit_init(&x, b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "input-start");
	emit_u64(&x, "source", 1);
	emit_str(&x, "path", "rows.jsonl");
	emit_str(&x, "kind", "rows-jsonl");
	emit_object(&x, "options");
	emit_null(&x, "since");
	emit_null(&x, "until");
	emit_end(&x);
	emit_str(&x, "started_at", d->started_at);
	emit_str(&x, "exporter", "exhibit selftest");
	emit_str(&x, "zstd", "1");
	emit_u64(&x, "level", 1);
	emit_bool(&x, "spellings", true);
	emit_end(&x);
	put_context(d, 1, b, own);
}

/* Behind some rows the exporter looks at its source again, and closes the block (C-7, C-19). */
static void
put_poll(struct draft *d, unsigned rows, struct buf *b, struct pieces *own)
{
	struct emit x;

	buf_clear(b);
	emit_init(&x, b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "poll");
	emit_u64(&x, "input", 1);
	emit_str(&x, "at", "2026-12-01T00:00:01Z");
	emit_str(&x, "snapshot", "7:7:");
	emit_str(&x, "swept", "7:7:");
	emit_str(&x, "server", "1/1/");
	emit_u64(&x, "rows", rows);
	emit_u64(&x, "repeats", 0);
	emit_end(&x);
	put_context(d, 1, b, own);
	d->rec[d->n - 1].last = true;
}

int
rows_end(struct record *r, unsigned rows, unsigned polls, struct pieces *own)
{
	struct emit x;
	struct buf b;

	buf_init(&b, EX_MAX_BODY);
	emit_init(&x, &b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "input-end");
	emit_u64(&x, "input", 1);
	emit_str(&x, "path", "rows.jsonl");
	emit_str(&x, "kind", "rows-jsonl");
	emit_array(&x, "files");
	emit_end(&x);
	emit_u64(&x, "rows", rows);
	emit_u64(&x, "events", rows);
	emit_u64(&x, "rejects", 0);
	emit_u64(&x, "conflicts", 0);
	emit_u64(&x, "repeats", 0);
	emit_u64(&x, "contexts", polls);
	emit_u64(&x, "outside", 0);
	emit_object(&x, "tables");
	emit_end(&x);
	emit_object(&x, "left_out");
	emit_end(&x);
	emit_array(&x, "lacks");
	emit_end(&x);
	emit_array(&x, "compared");
	emit_end(&x);
	emit_end(&x);
	r->body = pieces_copy(own, b.p, b.len);
	r->body_len = b.len;
	buf_release(&b);
	return r->body ? 0 : -1;
}

int
rows_file(struct draft *d, const struct record *row, unsigned n, const struct buf *table,
    struct pieces *own)
{
	unsigned polls = 0;
	struct buf b;

	buf_init(&b, EX_MAX_BODY);
	d->n = 0;
	put_start(d, &b, own);
	put_context(d, 2, table, own);
	for (unsigned i = 0; i < n; i++) {
		struct record *r = more(d);

		*r = row[i];
		r->source = 2;
		r->ordinal = i + 1;
		/* not at the border of a remediation that is made, so that blocks depend on each
		 * other */
		if (i % (n / 4 ? n / 4 : 1) == n / 8 && i + 1 < n)
			put_poll(d, i + 1, &b, own), polls++;
	}
	/* a file that follows its source says so at least once */
	if (polls == 0)
		put_poll(d, n, &b, own), polls++;
	buf_clear(&b);
	put_context(d, 1, &b, own);
	rows_end(&d->rec[d->n - 1].r, n, polls, own);
	buf_release(&b);
	return own->failed ? -1 : 0;
}

/* ---- a log of its own */

static void
put_table(struct buf *b)
{
	struct emit x;

	emit_init(&x, b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "table");
	emit_u64(&x, "source", 2);
	emit_u64(&x, "input", 1);
	emit_str(&x, "table", "audit_events");
	emit_str(&x, "style", "iso");
	emit_array(&x, "columns");
	for (unsigned i = 1; i <= COL_COUNT; i++) {
		emit_array(&x, NULL);
		emit_str(&x, NULL, column_info[i].name);
		emit_str(&x, NULL, "");
		emit_end(&x);
	}
	emit_end(&x);
	emit_bool(&x, "assumed", false);
	emit_end(&x);
}

/* One step of a remediation that is made; before: the row that it follows, NULL: the first. */
static int
make_row(struct record *r, unsigned remediation, unsigned step, const struct record *before,
    struct sha256 *sha, struct pieces *own)
{
	static const enum event_type type[STEPS] = { ET_GATEWAY_SIGNAL_RECEIVED,
		ET_GATEWAY_CRD_CREATED, ET_ORCHESTRATOR_LIFECYCLE_CREATED,
		ET_ORCHESTRATOR_LIFECYCLE_STARTED, ET_ORCHESTRATOR_LIFECYCLE_TRANSITIONED,
		ET_ORCHESTRATOR_LIFECYCLE_TRANSITIONED, ET_ORCHESTRATOR_LIFECYCLE_TRANSITIONED,
		ET_ORCHESTRATOR_LIFECYCLE_COMPLETED };
	static const unsigned char aside[] = { 0, COL_TRACE_ID, 0, 0, 0, 9, STATE_TEXT, 't', 'r',
		'a', 'c', 'e', '-', 'i', 'd' };
	const char *name = event_type_info[type[step]].name, *dot = strchr(name, '.');
	char corr[40];
	struct buf data;
	struct emit x;
	int rc;
	struct event ev = { .time = BEGAN * 1000000 + remediation * 10 * HOUR + step * 90000000ll,
		.retention = 2555 };

	buf_init(&data, 1024);
#define TEXT_OF(s) ((struct str){ (s), strlen(s) })
	snprintf(corr, sizeof corr, "rr-selftest-%04u", remediation + 1);
	emit_init(&x, &data);
	emit_object(&x, NULL);
	emit_u64(&x, "step", step + 1);
	emit_str(&x, "word", "made");
	emit_end(&x);
	store_be(ev.id, 0x9e3779b97f4a7c15ull * (remediation * STEPS + step + 1), 8);
	store_be(ev.id + 8, 0x8000000000000000ull + remediation * STEPS + step, 8);
	ev.id[6] = (uint8_t)(0x40 | (ev.id[6] & 15));
	ev.type = TEXT_OF(name);
	ev.version = TEXT_OF("1.0");
	ev.category = (struct str){ name, (size_t)(dot - name) };
	ev.action = TEXT_OF(dot + 1);
	ev.outcome = TEXT_OF("success");
	ev.correlation = TEXT_OF(corr);
	ev.resource_type = TEXT_OF("RemediationRequest");
	ev.resource_id = TEXT_OF(corr);
	ev.namespace = TEXT_OF("selftest");
	ev.severity = TEXT_OF("info");
	ev.actor_id = TEXT_OF("controller-of-steps");
	ev.actor_type = TEXT_OF("service");
	ev.data = str_in(&data);
#undef TEXT_OF
	memset(r, 0, sizeof *r);
	r->kind = KIND_EVENT;
	r->body_form = BODY_CLUSTER_ID;
	r->previous_form = before ? FORM_HEX : FORM_EMPTY;
	if (before)
		memcpy(r->previous, before->claimed, 32);
	/* what the hash does not cover, too */
	if (step % 3 == 1) {
		r->aside = aside;
		r->aside_len = sizeof aside;
	}
	rc = rows_put_event(r, &ev, own);
	buf_release(&data);
	/* the key came to the source between its second remediation and its third */
	if (rc == 0)
		rows_hash(r, remediation >= 2, sha);
	return rc;
}

int
rows_make(struct draft *one, struct draft *two, struct pieces *own)
{
	struct record row[MADE * STEPS];
	struct sha256 *sha = sha256_new();
	struct buf table;
	int rc = sha ? 0 : -1;

	buf_init(&table, EX_MAX_BODY);
	put_table(&table);
	for (unsigned i = 0; i < MADE * STEPS && rc == 0; i++)
		rc = make_row(
		    &row[i], i / STEPS, i % STEPS, i % STEPS ? &row[i - 1] : NULL, sha, own);
	if (rc == 0)
		rc = rows_file(one, row, FIRST_FILE * STEPS, &table, own) ||
		    rows_file(
			two, row + FIRST_FILE * STEPS, (MADE - FIRST_FILE) * STEPS, &table, own);
	buf_release(&table);
	sha256_free(sha);
	return rc || own->failed ? -1 : 0;
}
