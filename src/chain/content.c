#include "chain/content.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

const char *const content_name[CONTENTS] = { "match", "variant", "mismatch", "no-key",
	"unknown-algorithm", "no-hash", "not-carried", "undecided", "withheld", "repeat" };

#define MAX_ZEROS 12
#define MAX_SPELLINGS 20

int
judge_init(struct judge *j, const struct str *keys, unsigned n_keys)
{
	memset(j, 0, sizeof *j);
	if ((j->sha = sha256_new()) == NULL)
		return -1;
	for (unsigned i = 0; i < n_keys && i < 64; i++) {
		if ((j->key[i] = hmac256_new(keys[i].p, keys[i].n)) == NULL)
			return -1;
		j->n_keys++;
	}
	return 0;
}

void
judge_release(struct judge *j)
{
	sha256_free(j->sha);
	for (unsigned i = 0; i < j->n_keys; i++)
		hmac256_free(j->key[i]);
}

/* The predecessor's text as the source's writer puts it before the body. */
static struct str
prefix(const struct record *r, char hex[65])
{
	struct aside_item i;

	if (r->previous_form == FORM_HEX) {
		hex_of(r->previous, 32, hex);
		return (struct str){ hex, 64 };
	}
	if (r->previous_form == FORM_TEXT && aside_find(r, 31, &i) && i.n)
		return (struct str){ (const char *)i.p + 1, i.n - 1 };
	return (struct str){ "", 0 };
}

/* Does this body, under the record's algorithm and any key, give the claimed hash? */
static bool
fits(struct judge *j, const struct record *r, struct str pre, const void *body, size_t n,
    int *ret_key)
{
	uint8_t d[32];

	*ret_key = -1;
	if (r->algorithm != ALGO_HMAC) {
		sha256_begin(j->sha);
		sha256_add(j->sha, pre.p, pre.n);
		sha256_add(j->sha, body, n);
		sha256_end(j->sha, d);
		if (memcmp(d, r->claimed, 32) == 0)
			return true;
		if (r->algorithm != ALGO_ABSENT)
			return false;
	}
	for (unsigned k = 0; k < j->n_keys; k++) {
		hmac256_of(j->key[k], pre.p, pre.n, body, n, d);
		if (memcmp(d, r->claimed, 32) == 0) {
			*ret_key = (int)k;
			return true;
		}
	}
	return false;
}

bool
judge_gives(struct judge *j, const struct record *r, const void *body, size_t n, int *ret_key)
{
	char hex[65];

	return r->claimed_form == FORM_HEX && fits(j, r, prefix(r, hex), body, n, ret_key);
}

/* Does a table hold what a row cannot do without to be hashed? Then a row of it that has no
 * canonical form (E-9) is none that the source wrote. */
static bool
carries(const struct table *t)
{
	return t && table_has(t, COL_TIMESTAMP) && table_has(t, COL_RETENTION) &&
	    table_has(t, COL_SENSITIVE) && table_has(t, COL_HASH) && table_has(t, COL_PREVIOUS);
}

enum content
judge_content(struct judge *j, const struct record *r, const struct table *t, int *ret_key)
{
	char hex[65];
	struct str pre;

	*ret_key = -1;
	/* the source wrote no hash: there is nothing to hold the row against */
	if (r->claimed_form == FORM_NULL || r->claimed_form == FORM_EMPTY ||
	    r->claimed_form == FORM_ABSENT)
		return CONTENT_NO_HASH;
	/* of values that are withheld nothing can be hashed; their digest is another question */
	if (r->flags & FLAG_WITHHELD)
		return CONTENT_WITHHELD;
	/* a row without a canonical form gives no hash; whether it could have is a question of its
	 * table */
	if (r->body_form == BODY_VERBATIM)
		return carries(t) ? CONTENT_MISMATCH : CONTENT_NOT_CARRIED;
	/* an algorithm that the source does not have */
	if (r->algorithm == ALGO_TEXT)
		return CONTENT_UNKNOWN_ALGORITHM;
	if (r->claimed_form != FORM_HEX)
		return CONTENT_MISMATCH; /* no digest is written like that */
	/* the body digest was computed once for both chains */
	if (r->algorithm != ALGO_HMAC && r->previous_form != FORM_TEXT &&
	    memcmp(r->claimed, r->body_digest, 32) == 0)
		return CONTENT_MATCH;
	/* the hash covers the predecessor's as it was written, and then the body */
	pre = prefix(r, hex);
	/* keys are tried where they may have made it, and a predecessor that is no digest has to be
	 * hashed as it stands */
	if ((r->algorithm == ALGO_HMAC || r->algorithm == ALGO_ABSENT ||
		r->previous_form == FORM_TEXT) &&
	    fits(j, r, pre, r->body, r->body_len, ret_key))
		return CONTENT_MATCH;
	/* a hash that fits without any key is none that a key made */
	if (r->algorithm == ALGO_HMAC)
		return j->n_keys ||
			(r->previous_form != FORM_TEXT &&
			    memcmp(r->claimed, r->body_digest, 32) == 0) ?
		    CONTENT_MISMATCH :
		    CONTENT_NO_KEY;
	/* an answer without the algorithm may be of either kind */
	if (r->algorithm == ALGO_ABSENT)
		return j->n_keys ? CONTENT_MISMATCH : CONTENT_UNDECIDED;
	return CONTENT_MISMATCH;
}

static void
add_spelling(
    char list[][64], unsigned *n, const char *stored, const char *s, bool upper, const char *mask)
{
	char t[64];

	if (*n == MAX_SPELLINGS || snprintf(t, sizeof t, "%s%s", s, mask) >= (int)sizeof t)
		return;
	for (char *p = t; upper && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	if (strcmp(t, stored) == 0)
		return; /* the stored spelling is no variant */
	for (unsigned i = 0; i < *n; i++)
		if (strcmp(list[i], t) == 0)
			return;
	memcpy(list[(*n)++], t, sizeof t);
}

/* Eight groups with the first longest run of zeros (two or more) as ::, groups padded or not. */
static void
compress(const struct in6_addr *a, bool pad, char out[64])
{
	unsigned g[8], at = 8, run = 1;
	char *o = out;

	for (unsigned i = 0; i < 8; i++)
		g[i] = (unsigned)(a->s6_addr[2 * i] << 8 | a->s6_addr[2 * i + 1]);
	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;

		while (i + n < 8 && g[i + n] == 0)
			n++;
		if (n > run) {
			run = n;
			at = i;
		}
	}
	for (unsigned i = 0; i < 8; i++) {
		if (i == at) {
			o += snprintf(o, (size_t)(out + 64 - o), "::");
			i += run - 1;
			continue;
		}
		o += snprintf(o, (size_t)(out + 64 - o), pad ? "%s%04x" : "%s%x",
		    i && i != at + run ? ":" : "", g[i]);
	}
}

/* E-13 (c): other ways to write the address that PostgreSQL prints like this. */
static unsigned
spellings(struct str ip, char list[MAX_SPELLINGS][64])
{
	char base[64], form[5][64], *o;
	struct in_addr v4;
	struct in6_addr v6;
	unsigned n = 0;

	if (ip.n == 0 || ip.n >= 50)
		return 0;
	memcpy(base, ip.p, ip.n);
	base[ip.n] = '\0';
	if (inet_pton(AF_INET, base, &v4) == 1) {
		add_spelling(list, &n, base, base, false, "/32");
		return n;
	}
	if (inet_pton(AF_INET6, base, &v6) != 1)
		return 0;
	memcpy(form[0], base, sizeof base);
	compress(&v6, false, form[1]);
	compress(&v6, true, form[2]);
	for (int pad = 0; pad < 2; pad++) {
		o = form[3 + pad];
		for (int g = 0; g < 8; g++)
			o += snprintf(o, (size_t)(form[3 + pad] + 64 - o), pad ? "%s%04x" : "%s%x",
			    g ? ":" : "", v6.s6_addr[2 * g] << 8 | v6.s6_addr[2 * g + 1]);
	}
	for (int mask = 0; mask < 2; mask++)
		for (int upper = 0; upper < 2; upper++)
			for (int i = 0; i < 5; i++)
				add_spelling(list, &n, base, form[i], upper, mask ? "/128" : "");
	return n;
}

/* Offsets of numbers that are just 0 in canonical event_data; returns how many there are, fills at
 * most MAX_ZEROS. */
static unsigned
zeros(struct str data, size_t at[MAX_ZEROS])
{
	bool in_string = false;
	unsigned n = 0;

	for (size_t i = 0; i < data.n; i++) {
		char c = data.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '0' && i && strchr(":,[", data.p[i - 1]) && i + 1 < data.n &&
		    strchr(",]}", data.p[i + 1])) {
			if (n < MAX_ZEROS)
				at[n] = i;
			n++;
		}
	}
	return n;
}

static void
with_minus(struct buf *out, struct str data, const size_t *at, unsigned n, unsigned subset)
{
	size_t from = 0;

	buf_clear(out);
	for (unsigned i = 0; i < n; i++)
		if (subset >> i & 1) {
			buf_put(out, data.p + from, at[i] - from);
			buf_byte(out, '-');
			from = at[i];
		}
	buf_put(out, data.p + from, data.n - from);
}

bool
judge_spellings(const void *stored, size_t n, enum body_form stored_form, bool *ret_gave_up,
    spelling_fn *f, void *arg)
{
	char list[MAX_SPELLINGS][64], name[200];
	struct str data, ip;
	struct event e;
	struct buf text, body, changed;
	const char *why;
	size_t at[MAX_ZEROS];
	unsigned n_ip, n_zero, subsets;
	bool found = false;

	buf_init(&text, EX_MAX_BODY);
	buf_init(&body, 2u * EX_MAX_BODY);
	buf_init(&changed, 2u * EX_MAX_BODY);
	if (event_parse_body(&e, stored, n, stored_form, false, &text, &why))
		goto done;
	/* every change by itself and with the others, but bounded: each zero doubles the number */
	data = e.data;
	ip = e.actor_ip;
	n_ip = spellings(ip, list);
	n_zero = zeros(data, at);
	/* beyond that only the other spellings are tried, and that is told */
	if (n_zero > MAX_ZEROS) {
		*ret_gave_up = true;
		n_zero = 0;
	}
	subsets = 1u << n_zero;
	for (unsigned cluster = 0; cluster < (e.cluster.n ? 2u : 1u) && !found; cluster++)
		for (unsigned i = 0; i <= n_ip && !found; i++)
			for (unsigned z = 0; z < subsets && !found; z++) {
				enum body_form form = cluster ?
				    (stored_form == BODY_CLUSTER_ID ? BODY_CLUSTER_NAME :
								      BODY_CLUSTER_ID) :
				    stored_form;

				/* as it stands, it was tried before */
				if (cluster == 0 && i == 0 && z == 0)
					continue;
				e.actor_ip =
				    i ? (struct str){ list[i - 1], strlen(list[i - 1]) } : ip;
				e.data = data;
				if (z) {
					with_minus(&changed, data, at, n_zero, z);
					e.data = (struct str){ (char *)changed.p, changed.len };
				}
				buf_clear(&body);
				event_put_body(&body, &e, form);
				if (body.failed || changed.failed)
					goto done;
				snprintf(name, sizeof name, "%s%s%s%s%s%s",
				    cluster ? (form == BODY_CLUSTER_NAME ? "cluster_name" :
									   "cluster_id") :
					      "",
				    cluster && (i || z) ? ", " : "", i ? "actor_ip " : "",
				    i ? list[i - 1] : "", i && z ? ", " : "", z ? "-0" : "");
				found = f(arg, body.p, body.len, form, name);
			}
done:
	buf_release(&text);
	buf_release(&body);
	buf_release(&changed);
	return found;
}

/* One record's search for a spelling that gives its hash. */
struct spelling {
	struct judge *j;
	const struct record *r;
	struct str pre;
	uint64_t *budget;
	bool fits, *gave_up;
	int *key;
	char *out;
};

static bool
try_spelling(void *arg, const void *body, size_t n, enum body_form form, const char *name)
{
	struct spelling *s = arg;

	(void)form;
	if (*s->budget < n) {
		*s->gave_up = true;
		return true;
	}
	*s->budget -= n;
	s->fits = fits(s->j, s->r, s->pre, body, n, s->key);
	if (s->fits)
		snprintf(s->out, 200, "%s", name);
	return s->fits;
}

bool
judge_variant(struct judge *j, const struct record *r, uint64_t *budget, bool *ret_gave_up,
    int *ret_key, char out[200])
{
	char hex[65];
	struct spelling s = { j, r, prefix(r, hex), budget, false, ret_gave_up, ret_key, out };

	if (r->claimed_form == FORM_HEX && r->body_form != BODY_VERBATIM)
		judge_spellings(r->body, r->body_len, r->body_form, ret_gave_up, try_spelling, &s);
	return s.fits;
}
