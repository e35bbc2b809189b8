#include "source/redact.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define NAMES 64u

struct redact {
	bool pii, bodies;
	bool column[COL_COUNT + 1];
	char *name[NAMES]; /* further columns, and data.MEMBER */
	unsigned n_names;
	regex_t email, ipv4, phone;
	bool compiled;
	struct json_doc doc, clean; /* event_data as it was, and what is left of it */
	/* texts of replaced cells; event_data that is left; scratch */
	struct buf text, data, one, two;
	struct cell cell[EX_MAX_COLUMNS];
	struct sha256 *sha;
};

/* Members whose values name people or their machines (reference: source-interfaces 5.6). */
static const char *const pii_name[] = { "email", "user_email", "userEmail", "sender_email",
	"recipient_email", "phone", "phone_number", "phoneNumber", "mobile", "ip", "ip_address",
	"ipAddress", "source_ip", "sourceIP", "client_ip", "clientIP", "remote_addr", "remoteAddr",
	"ssn", "social_security_number", "credit_card", "creditCard", "cc_number" };

static bool
may_be_withheld(unsigned col)
{
	static const unsigned char may[] = { COL_ACTOR_TYPE, COL_ACTOR_ID, COL_ACTOR_IP,
		COL_RESOURCE_TYPE, COL_RESOURCE_ID, COL_RESOURCE_NAME, COL_TRACE_ID, COL_SPAN_ID,
		COL_NAMESPACE, COL_CLUSTER, COL_SEVERITY, COL_ERROR_CODE, COL_ERROR_MESSAGE,
		COL_HOLD_REASON, COL_HOLD_BY };

	return memchr(may, (int)col, sizeof may) != NULL;
}

static int
take_word(struct redact *x, const char *p, size_t n, struct err *e)
{
	unsigned col = column_by_name(p, n, false);

	if (n == 3 && memcmp(p, "pii", 3) == 0) {
		x->pii = true;
	} else if (n == 6 && memcmp(p, "bodies", 6) == 0) {
		x->bodies = true;
	} else if (n == 0 || n > 200 || (n == 5 && memcmp(p, "data.", 5) == 0)) {
		return err_set(e, EX_USAGE_ERR,
		    "--redact: want pii, bodies, columns or data.MEMBER, separated by commas");
	} else if (col && !may_be_withheld(col)) {
		return err_set(e, EX_USAGE_ERR,
		    "--redact: %.*s cannot be withheld: ids, times, types, hashes and numbers are "
		    "what a record is found and checked by",
		    (int)n, p);
	} else if (col) {
		x->column[col] = true;
	} else if (x->n_names == NAMES) {
		return err_set(e, EX_USAGE_ERR, "--redact: more than %u names", NAMES);
	} else if ((x->name[x->n_names] = strndup(p, n)) == NULL) {
		return err_nomem(e);
	} else {
		x->n_names++;
	}
	return 0;
}

struct redact *
redact_new(const char *list, struct err *e)
{
	struct redact *x = calloc(1, sizeof *x);

	if (x == NULL || (x->sha = sha256_new()) == NULL)
		/* without memory nothing may be kept that should be withheld */
		goto nomem;
	json_init(&x->doc);
	json_init(&x->clean);
	buf_init(&x->text, EX_MAX_BODY);
	buf_init(&x->data, 3u * EX_MAX_BODY);
	buf_init(&x->one, EX_MAX_BODY);
	buf_init(&x->two, EX_MAX_BODY);
	/* the patterns of the source's own sanitiser */
	if (regcomp(&x->email, "[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\\.[a-zA-Z]{2,}", REG_EXTENDED))
		goto nomem;
	if (regcomp(&x->ipv4, "\\b([0-9]{1,3}\\.){3}[0-9]{1,3}\\b", REG_EXTENDED)) {
		regfree(&x->email);
		goto nomem;
	}
	if (regcomp(&x->phone,
		"\\+?[0-9]{1,3}[-. \t]?\\(?[0-9]{3}\\)?[-. \t]?[0-9]{3}[-. \t]?[0-9]{4}",
		REG_EXTENDED)) {
		regfree(&x->email);
		regfree(&x->ipv4);
		goto nomem;
	}
	/* from here on all three have to be freed */
	x->compiled = true;
	/* the list of the command line, word by word */
	for (const char *p = list;; p++) {
		size_t n = strcspn(p, ",");

		if (take_word(x, p, n, e)) {
			redact_free(x);
			return NULL;
		}
		if (p[n] == '\0')
			return x;
		p += n;
	}
nomem:
	err_nomem(e);
	redact_free(x);
	return NULL;
}

void
redact_free(struct redact *x)
{
	if (x == NULL)
		return;
	if (x->compiled) {
		regfree(&x->email);
		regfree(&x->ipv4);
		regfree(&x->phone);
	}
	for (unsigned i = 0; i < x->n_names; i++)
		free(x->name[i]);
	json_release(&x->doc);
	json_release(&x->clean);
	buf_release(&x->text);
	buf_release(&x->data);
	buf_release(&x->one);
	buf_release(&x->two);
	sha256_free(x->sha);
	free(x);
}

/* j***@e***.c*** */
static void
mask_email(struct buf *out, const char *p, size_t n)
{
	const char *at = memchr(p, '@', n), *end = p + n;

	buf_byte(out, (unsigned char)p[0]);
	buf_str(out, "***@");
	for (const char *d = at + 1; d < end; d++) {
		const char *dot = memchr(d, '.', (size_t)(end - d));

		if (d != dot)
			buf_byte(out, (unsigned char)*d);
		buf_str(out, "***");
		if (dot == NULL)
			break;
		buf_byte(out, '.');
		d = dot;
	}
}

static void
mask_ipv4(struct buf *out, const char *p, size_t n)
{
	buf_put(out, p, (size_t)((const char *)memchr(p, '.', n) - p));
	buf_str(out, ".***.***.***");
}

static void
mask_phone(struct buf *out, const char *p, size_t n)
{
	size_t digits = 0, country;

	for (size_t i = 0; i < n; i++)
		digits += isdigit((unsigned char)p[i]) != 0;
	country = digits > 10 ? digits - 10 : 0;
	if (*p == '+' && country) {
		buf_put(out, p, 1 + country);
		buf_str(out, "-***-****");
	} else {
		buf_str(out, "***-***-****");
	}
}

/* Every match in `from` (NUL behind it) masked, into `to`. */
static bool
mask(const regex_t *re, void (*how)(struct buf *out, const char *p, size_t n),
    const struct buf *from, struct buf *to)
{
	const char *p = (const char *)from->p, *end = p + from->len;
	bool any = false;
	regmatch_t m;

	buf_clear(to);
	while (p < end && regexec(re, p, 1, &m, p == (const char *)from->p ? 0 : REG_NOTBOL) == 0 &&
	    m.rm_eo > m.rm_so) {
		buf_put(to, p, (size_t)m.rm_so);
		how(to, p + m.rm_so, (size_t)(m.rm_eo - m.rm_so));
		p += m.rm_eo;
		any = true;
	}
	buf_put(to, p, (size_t)(end - p));
	buf_byte(to, '\0');
	to->len -= to->len != 0;
	return any;
}

/* A value of a member that names people, as a JSON string: masked, or withheld if it has none of
 * the forms that can be masked. */
static void
put_pii(struct redact *x, const char *p, size_t n)
{
	bool any;

	buf_clear(&x->one);
	buf_put(&x->one, p, n);
	buf_byte(&x->one, '\0');
	if (x->one.failed || memchr(p, '\0', n)) {
		json_canonical_string(&x->data, WITHHELD_TEXT, strlen(WITHHELD_TEXT));
		return;
	}
	x->one.len--;
	any = mask(&x->email, mask_email, &x->one, &x->two);
	any |= mask(&x->ipv4, mask_ipv4, &x->two, &x->one);
	any |= mask(&x->phone, mask_phone, &x->one, &x->two);
	if (any)
		json_canonical_string(&x->data, (const char *)x->two.p, x->two.len);
	else
		json_canonical_string(&x->data, WITHHELD_TEXT, strlen(WITHHELD_TEXT));
}

static bool
is_pii(const struct redact *x, const char *p, size_t n)
{
	for (unsigned i = 0; x->pii && i < sizeof pii_name / sizeof *pii_name; i++)
		if (strlen(pii_name[i]) == n && memcmp(pii_name[i], p, n) == 0)
			return true;
	return false;
}

static bool
is_listed(const struct redact *x, const char *prefix, const char *p, size_t n)
{
	size_t k = strlen(prefix);

	for (unsigned i = 0; i < x->n_names; i++)
		if (strncmp(x->name[i], prefix, k) == 0 && strlen(x->name[i] + k) == n &&
		    memcmp(x->name[i] + k, p, n) == 0)
			return true;
	return false;
}

/* event_data that is left, into x->data. Nodes stand in the order of the text. 1: something was
 * withheld. */
static int
redact_data(struct redact *x, const char *src, size_t n)
{
	struct json_doc *d = &x->doc;
	uint32_t done = 0, pii_end = 0;
	bool any = false;
	int rc = json_parse(d, src, n, EX_JSON_DEPTH);

	buf_clear(&x->data);
	if (rc < 0)
		return -1;
	/* a row whose data is no JSON is withheld as a whole */
	if (rc || d->node[0].type != JSON_OBJECT)
		return 0; /* it becomes a reject, or is null */
	/* all of the data, whatever it is */
	if (x->bodies) {
		buf_str(&x->data, "{}");
		return d->node[0].count ? 1 : 0;
	}
	/* in the order of the text, so that what stands between is copied as it stands */
	for (uint32_t i = 1; i < d->n; i++) {
		const struct json_node *v = &d->node[i];
		bool scalar = v->type == JSON_STRING || v->type == JSON_NUMBER;
		bool listed = v->name_len && is_listed(x, "data.", json_name(d, i), v->name_len);

		/* inside of what was replaced, or nothing that could be withheld */
		if (v->src < done || v->type == JSON_NULL ||
		    (v->type == JSON_STRING && v->str_len == 0))
			continue;
		/* what is personal covers everything inside of it */
		if (!listed && v->name_len && v->src >= pii_end &&
		    is_pii(x, json_name(d, i), v->name_len))
			pii_end = v->src + v->src_len;
		if (!listed && !(scalar && v->src < pii_end))
			continue;
		buf_put(&x->data, src + done, v->src - done);
		if (listed)
			/* a fixed word: its length says nothing about the value */
			json_canonical_string(&x->data, WITHHELD_TEXT, strlen(WITHHELD_TEXT));
		else if (v->type == JSON_STRING)
			put_pii(x, json_str(d, i), v->str_len);
		else
			put_pii(x, json_src(d, i), v->src_len);
		done = v->src + v->src_len;
		any = true;
	}
	/* what follows the last value */
	buf_put(&x->data, src + done, n - done);
	return x->data.failed || x->one.nomem || x->two.nomem ? -1 : any;
}

int
redact_row(struct redact *x, const struct row *row, struct row *ret)
{
	const struct table *t = row->table;
	bool any = false;

	*ret = *row;
	ret->cell = x->cell;
	/* cells are copies: the row itself stays, for the digest of what was withheld */
	for (unsigned i = 0; i < t->n; i++) {
		struct cell *c = &x->cell[i];
		unsigned known = t->col[i].known;

		*c = row->cell[i];
		if (c->state != CELL_VALUE || c->n == 0)
			continue;
		/* data is looked at member by member */
		if (known == COL_DATA) {
			const char *p = row->doc ? json_src(row->doc, row->data_node) : c->p;
			int rc = redact_data(
			    x, p, row->doc ? row->doc->node[row->data_node].src_len : c->n);

			if (rc < 0)
				return -1;
			if (rc == 0)
				continue;
			/* the row's document is parsed again: row_build reads that, and not the
			 * cell */
			if (row->doc &&
			    json_parse(&x->clean, (char *)x->data.p, x->data.len, EX_JSON_DEPTH))
				return -1;
			if (row->doc) {
				ret->doc = &x->clean;
				ret->data_node = 0;
			}
			c->p = (char *)x->data.p;
			c->n = x->data.len;
			any = true;
		} else if (known ? x->column[known] :
				   is_listed(x, "", t->col[i].name, strlen(t->col[i].name))) {
			/* columns that are listed, known ones by their number */
			c->p = known ? WITHHELD_TEXT :
			    row->doc ? "\"" WITHHELD_TEXT "\"" :
				       WITHHELD_TEXT;
			c->n = strlen(c->p);
			c->type = JSON_STRING;
			any = true;
		}
	}
	if (any && row->doc) {
		/* of a row without a canonical form nothing is left */
		ret->raw = "{}";
		ret->raw_len = 2;
	}
	return any;
}

bool
redact_column(const struct redact *x, const char *name)
{
	static const char *const people[] = { "recipient", "message_summary", "error_message" };

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(name, people[i]) == 0)
			return true;
	return is_listed(x, "", name, strlen(name));
}

void
redact_digest(struct redact *x, const struct record *r, uint8_t out[32])
{
	record_digest(x->sha, r, out);
}

struct as_hashed {
	struct sha256 *sha;
	const struct record *r;
	uint64_t *budget;
	bool gives;
};

static bool
gives_hash(void *arg, const void *body, size_t n, enum body_form form, const char *name)
{
	struct as_hashed *h = arg;
	uint8_t d[32];

	(void)form;
	(void)name;
	if (*h->budget < n)
		return true;
	*h->budget -= n;
	record_digest_begin(h->sha, h->r);
	sha256_add(h->sha, body, n);
	sha256_end(h->sha, d);
	return h->gives = memcmp(d, h->r->claimed, 32) == 0;
}

/* A row that names no algorithm may be keyed or not: that a digest is its hash is proof enough. */
void
redact_digest_as_hashed(struct sha256 *sha, const struct record *r, redact_spellings_fn *spellings,
    uint64_t *budget, uint8_t out[32])
{
	struct as_hashed h = { sha, r, budget, false };
	bool gave_up = false;

	record_digest(sha, r, out);
	if (spellings == NULL || r->claimed_form != FORM_HEX || r->body_form == BODY_VERBATIM ||
	    r->algorithm == ALGO_HMAC || memcmp(out, r->claimed, 32) == 0)
		return;
	spellings(r->body, r->body_len, r->body_form, &gave_up, gives_hash, &h);
	if (h.gives)
		memcpy(out, r->claimed, 32);
}

bool
redact_leaves_open(unsigned col)
{
	return !column_info[col].hashed && !may_be_withheld(col);
}

void
redact_differing(struct buf *names)
{
	char *copy = strndup(names->p ? (char *)names->p : "", names->len), *at = copy;

	buf_clear(names);
	names->failed = copy == NULL;
	for (char *name; copy && (name = strsep(&at, ",")) != NULL;) {
		unsigned col = column_by_name(name, strlen(name), false);

		if (col == 0 || !redact_leaves_open(col))
			continue;
		buf_str(names, names->len ? "," : "");
		buf_str(names, name);
	}
	free(copy);
}
