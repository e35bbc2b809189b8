#include "approval/parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"
#include "digest/digest.h"
#include "json/json.h"
#include "yaml/yaml.h"

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define YAML_MAX (4u << 20)

const struct parameter_info parameter_info[] = {
#define PARAMETER(name, value, unit, meaning) { #name, unit, meaning, value },
#include "approval/parameters.def"
#undef PARAMETER
};
const unsigned n_parameters = sizeof parameter_info / sizeof *parameter_info;

const struct member_info member_info[] = {
#define EXAMPLE false
#define DEFAULT true
#define MEMBER(name, form, given, text, meaning) { #name, form, given, text, meaning },
#include "approval/policy.def"
#undef MEMBER
};
const unsigned n_members = sizeof member_info / sizeof *member_info;

struct parsing {
	struct parameters *p;
	struct json_doc d;
	char *why; /* [300]; empty while it is fine */
	bool nomem;
};

void
parameters_default(struct parameters *p)
{
	memset(p, 0, sizeof *p);
#define PARAMETER(name, value, unit, meaning) p->name = value;
#include "approval/parameters.def"
#undef PARAMETER
}

static void
words_release(struct words *w)
{
	for (unsigned i = 0; i < w->n; i++)
		free(w->w[i]);
	free(w->w);
}

void
parameters_release(struct parameters *p)
{
	for (unsigned i = 0; i < p->n_approvers; i++)
		free(p->approver[i].name);
	free(p->approver);
	words_release(&p->high_risk_environments);
	words_release(&p->high_risk_severities);
	words_release(&p->front_ends);
	words_release(&p->policy_hashes);
	words_release(&p->vkeys);
	words_release(&p->witness_vkeys);
	words_release(&p->expectations);
	free(p->entity);
	free(p->system);
	free(p->prepared_by);
	free(p->period);
}

bool
words_have(const struct words *w, const char *s)
{
	for (unsigned i = 0; i < w->n; i++)
		if (strcasecmp(w->w[i], s) == 0)
			return true;
	return false;
}

static void
bad(struct parsing *x, const char *name, const char *want)
{
	if (x->why[0] == '\0')
		snprintf(x->why, 300, "%.63s: %.230s", name, want);
}

static bool
is(const struct json_doc *d, uint32_t i, const char *name)
{
	return d->node[i].name_len == strlen(name) &&
	    memcmp(json_name(d, i), name, d->node[i].name_len) == 0;
}

/* A member's name for a message. */
static const char *
name_of(const struct json_doc *d, uint32_t i, char out[64])
{
	snprintf(out, 64, "%.*s", (int)(d->node[i].name_len > 60 ? 60 : d->node[i].name_len),
	    json_name(d, i));
	return out;
}

static bool
text(const struct json_doc *d, uint32_t i, char *out, size_t cap)
{
	if (d->node[i].type != JSON_STRING || d->node[i].str_len >= cap)
		return false;
	snprintf(out, cap, "%.*s", (int)d->node[i].str_len, json_str(d, i));
	return true;
}

static void
read_words(struct parsing *x, uint32_t list, struct words *w)
{
	char one[300], name[64];

	if (x->d.node[list].type != JSON_ARRAY)
		bad(x, name_of(&x->d, list, name), "want a list of texts");
	for (uint32_t i = x->d.node[list].type == JSON_ARRAY ? x->d.node[list].first : JSON_NONE;
	     i != JSON_NONE && !x->nomem; i = x->d.node[i].next) {
		char **p = vec_resize(w->w, w->n + 1, sizeof *p);

		if (p)
			w->w = p;
		if (!text(&x->d, i, one, sizeof one)) {
			bad(x, name_of(&x->d, list, name), "want a list of texts");
			return;
		}
		if (p == NULL || (w->w[w->n] = strdup(one)) == NULL)
			x->nomem = true;
		else
			w->n++;
	}
}

static void
read_numbers(struct parsing *x, uint32_t object)
{
	char name[64], digits[64];

	for (uint32_t i = x->d.node[object].type == JSON_OBJECT ? x->d.node[object].first :
								  JSON_NONE;
	     i != JSON_NONE; i = x->d.node[i].next) {
		bool known = false;
		double v;

		/* a number in quotes is a text: nothing is guessed */
		if (x->d.node[i].type != JSON_NUMBER || x->d.node[i].src_len >= sizeof digits) {
			bad(x, name_of(&x->d, i, name), "want a number");
			continue;
		}
		snprintf(
		    digits, sizeof digits, "%.*s", (int)x->d.node[i].src_len, json_src(&x->d, i));
		v = strtod(digits, NULL);
		if (!(v >= 0 && v <= 1e9))
			bad(x, name_of(&x->d, i, name), "want a number from 0 to 1e9");
#define PARAMETER(n, value, unit, meaning) \
	if (is(&x->d, i, #n)) { \
		x->p->n = v; \
		known = true; \
	}
#include "approval/parameters.def"
#undef PARAMETER
		if (!known)
			bad(x, name_of(&x->d, i, name), "no parameter has that name");
	}
}

static bool
date(const struct json_doc *d, uint32_t i, bool last, int64_t *ret)
{
	char s[64];
	struct utc_span t;

	if (!text(d, i, s, sizeof s) || utc_span_parse(s, strlen(s), &t) != UTC_OK)
		return false;
	*ret = last ? t.to : t.from;
	return true;
}

static void
read_approvers(struct parsing *x, uint32_t list)
{
	struct parameters *p = x->p;

	/* an empty list is an answer: nobody may approve */
	p->approvers_given = true;
	if (x->d.node[list].type != JSON_ARRAY)
		bad(x, "approvers", "want a list of names, or of {name, from, until}");
	for (uint32_t i = x->d.node[list].type == JSON_ARRAY ? x->d.node[list].first : JSON_NONE;
	/* the first error ends it: what follows would be told of a file that is already refused */
	     i != JSON_NONE && !x->nomem && !x->why[0]; i = x->d.node[i].next) {
		struct person one = { .from = INT64_MIN, .until = INT64_MAX },
			      *q = vec_resize(p->approver, p->n_approvers + 1, sizeof *q);
		uint32_t name = i;
		char who[300];

		if (q == NULL) {
			x->nomem = true;
			return;
		}
		p->approver = q;
		/* a name, or a name with the span in which it counts */
		if (x->d.node[i].type == JSON_OBJECT) {
			name = JSON_NONE;
			/* any other member is an error: a misspelled `untill` would widen what is
			 * allowed */
			for (uint32_t k = x->d.node[i].first; k != JSON_NONE;
			     k = x->d.node[k].next) {
				if (is(&x->d, k, "name"))
					name = k;
				else if ((!is(&x->d, k, "from") && !is(&x->d, k, "until")) ||
				    !date(&x->d, k, is(&x->d, k, "until"),
					is(&x->d, k, "from") ? &one.from : &one.until))
					bad(x, "approvers",
					    "want name, from and until; dates or times such as "
					    "2026-11-20");
			}
		}
		/* after the members: their errors are the more exact ones */
		if (name == JSON_NONE || !text(&x->d, name, who, sizeof who)) {
			bad(x, "approvers", "want names");
			return;
		}
		if ((one.name = strdup(who)) == NULL) {
			x->nomem = true;
			return;
		}
		p->approver[p->n_approvers++] = one;
	}
}

static bool
clock_of(const struct json_doc *d, uint32_t i, int *ret)
{
	char s[16];
	int h, m, n = 0;

	if (!text(d, i, s, sizeof s) || sscanf(s, "%2d:%2d%n", &h, &m, &n) != 2 || s[n] || h < 0 ||
	    h > 24 || m < 0 || m > 59)
		return false;
	*ret = h * 60 + m;
	return true;
}

static void
read_hours(struct parsing *x, uint32_t object)
{
	static const char *const day[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	struct parameters *p = x->p;
	char s[64];
	bool from = false, to = false;

	/* a list of days that is given replaces the five of the default */
	p->hours_given = true;
	p->days = 0x1f;
	for (uint32_t i = x->d.node[object].type == JSON_OBJECT ? x->d.node[object].first :
								  JSON_NONE;
	     i != JSON_NONE; i = x->d.node[i].next) {
		if (is(&x->d, i, "from"))
			from = clock_of(&x->d, i, &p->from_minute);
		else if (is(&x->d, i, "to"))
			to = clock_of(&x->d, i, &p->to_minute);
		else if (is(&x->d, i, "days") && x->d.node[i].type == JSON_ARRAY) {
			/* given: none but those that are named */
			p->days = 0;
			for (uint32_t k = x->d.node[i].first; k != JSON_NONE;
			     k = x->d.node[k].next) {
				unsigned n = 0;

				while (n < 7 &&
				    !(text(&x->d, k, s, sizeof s) && strcmp(s, day[n]) == 0))
					n++;
				if (n == 7)
					bad(x, "working_hours.days",
					    "want mon, tue, wed, thu, fri, sat or sun");
				else
					p->days |= 1u << n;
			}
		} else {
			bad(x, "working_hours", "want days, from and to");
		}
	}
	/* both, since one without the other would mean a limit that nobody wrote */
	if (!from || !to || p->from_minute >= p->to_minute)
		bad(x, "working_hours",
		    "want from and to, such as \"07:00\" and \"19:00\", the first one earlier");
}

static void
read_zone(struct parsing *x, uint32_t i)
{
	char s[64];
	int h, m, n = 0;

	x->p->zone = NULL;
	x->p->offset = 0;
	if (!text(&x->d, i, s, sizeof s))
		bad(x, "zone",
		    "want UTC, an offset such as +01:00, or a name such as Europe/Berlin");
	else if (strcmp(s, "UTC") == 0)
		return;
	else if (s[0] != '+' && s[0] != '-' && (x->p->zone = zone_named(s)) == NULL)
		bad(x, "zone",
		    "no zone has that name: want UTC, an offset such as +01:00, or a name of the "
		    "IANA database such as Europe/Berlin");
	else if (x->p->zone == NULL &&
	    (sscanf(s + 1, "%2d:%2d%n", &h, &m, &n) != 2 || s[n + 1] || h < 0 || h > 14 || m < 0 ||
		m > 59))
		bad(x, "zone", "want an offset from -14:59 to +14:59, with a colon: +01:00");
	else if (x->p->zone == NULL)
		x->p->offset = (s[0] == '-' ? -1 : 1) * (h * 3600 + m * 60);
}

int
parameters_offset(const struct parameters *p, int64_t us)
{
	return p->zone ? zone_offset(p->zone, us) : p->offset;
}

/* One line for people; *ret is owned by the parameters. */
static void
read_line(struct parsing *x, uint32_t i, char **ret)
{
	char s[300], name[64];

	if (!text(&x->d, i, s, sizeof s) || s[0] == '\0' || strpbrk(s, "\r\n\t")) {
		bad(x, name_of(&x->d, i, name), "want a text of one line, at most 299 bytes");
		return;
	}
	free(*ret);
	if ((*ret = strdup(s)) == NULL)
		x->nomem = true;
}

static void
read_period(struct parsing *x, uint32_t i)
{
	struct parameters *p = x->p;

	read_line(x, i, &p->period);
	if (p->period && !utc_period_parse(p->period, &p->period_from, &p->period_to))
		bad(x, "period",
		    "want A..B, where either may be left out, and each is " UTC_WANTED);
	else if (p->period && p->period_from >= p->period_to)
		bad(x, "period", "it ends before it begins");
}

static int
digest_of(struct parameters *p, const char *s, size_t n)
{
	struct sha256 *sha = sha256_new();
	uint8_t d[32];

	if (sha == NULL)
		return -1;
	sha256_once(sha, s, n, d);
	sha256_free(sha);
	hex_of(d, 32, p->digest);
	return 0;
}

/* One member of the file. */
static void
read_member(struct parsing *x, uint32_t i)
{
	struct parameters *p = x->p;
	const struct {
		const char *name;
		struct words *list; /* one of these two */
		char **line;
	} plain[] = { { "high_risk_environments", &p->high_risk_environments, NULL },
		{ "high_risk_severities", &p->high_risk_severities, NULL },
		{ "front_ends", &p->front_ends, NULL },
		{ "known_policy_hashes", &p->policy_hashes, NULL }, { "vkeys", &p->vkeys, NULL },
		{ "witness_vkeys", &p->witness_vkeys, NULL },
		{ "expectations", &p->expectations, NULL }, { "entity", NULL, &p->entity },
		{ "system", NULL, &p->system }, { "prepared_by", NULL, &p->prepared_by } };
	char name[64], there[300] = "no such member: parameters";

	/* the plain members are one row each; those with an inner form have a function */
	for (unsigned k = 0; k < sizeof plain / sizeof *plain; k++)
		if (is(&x->d, i, plain[k].name)) {
			if (plain[k].list)
				read_words(x, i, plain[k].list);
			else
				read_line(x, i, plain[k].line);
			return;
		}
	/* what has a form of its own */
	if (is(&x->d, i, "parameters"))
		read_numbers(x, i);
	else if (is(&x->d, i, "approvers"))
		read_approvers(x, i);
	else if (is(&x->d, i, "working_hours"))
		read_hours(x, i);
	else if (is(&x->d, i, "zone"))
		read_zone(x, i);
	else if (is(&x->d, i, "period"))
		read_period(x, i);
	else {
		/* an unknown name is answered with those that are known */
		for (unsigned k = 0, n = 26; k < n_members && n < sizeof there; k++)
			n += (unsigned)snprintf(
			    there + n, sizeof there - n, ", %s", member_info[k].name);
		bad(x, name_of(&x->d, i, name), there);
	}
}

int
parameters_read(struct parameters *p, const char *yaml, size_t n, char why[300])
{
	struct parsing x = { .p = p, .why = why };
	unsigned documents;
	struct buf json;
	int rc;

	why[0] = '\0';
	buf_init(&json, YAML_MAX);
	json_init(&x.d);
	/* a second document would be read by nobody */
	if ((rc = yaml_all_to_json(yaml, n, &json, &documents, why)) == 0 && documents > 1) {
		snprintf(why, 300, "%u documents: a policy is one", documents);
		rc = 1;
	}
	buf_clear(&json);
	if (rc == 0 && (rc = yaml_to_json(yaml, n, &json, why)) == 0 &&
	    (rc = json_parse(&x.d, (char *)json.p, json.len, YAML_DEPTH + 1)) > 0)
		snprintf(why, 300, "%.200s", x.d.why);
	/* base64 is one scalar to YAML; said by its name, since a digest would be of something
	 * else */
	if (rc == 0 && x.d.node[0].type == JSON_STRING && strspn(yaml, BASE64 "= \t\r\n") >= n)
		bad(&x, "the file",
		    "is it base64? decode it first: its digest is that of the file that you keep");
	else if (rc == 0 && x.d.node[0].type != JSON_OBJECT)
		bad(&x, "the file", "want members such as parameters and approvers");
	for (uint32_t i = rc == 0 && x.d.node[0].type == JSON_OBJECT ? x.d.node[0].first :
								       JSON_NONE;
	     i != JSON_NONE; i = x.d.node[i].next)
		read_member(&x, i);
	/* the digest is of the bytes as they were given */
	if (rc == 0 && digest_of(p, yaml, n))
		rc = -1;
	json_release(&x.d);
	buf_release(&json);
	return rc < 0 || x.nomem ? -1 : rc || why[0] ? 1 : 0;
}

/* Comments of at most 100 columns: a text broken at its blanks, each line behind `in # `. */
static void
comment(struct buf *b, const char *in, const char *s)
{
	size_t room = 98 - strlen(in);

	while (*s) {
		size_t n = strlen(s);

		if (n > room)
			for (n = room; n > 1 && s[n] != ' '; n--)
				;
		buf_printf(b, "%s# %.*s\n", in, (int)n, s);
		s += n + strspn(s + n, " ");
	}
}

void
parameters_print(struct buf *b)
{
	char text[800];

	buf_str(
	    b, "# Policy of an audit, for --policy of exhibit (formats/controls.md CT-9).\n#\n");
	comment(b, "",
	    "Every member may be left out. Those that stand here have their defaults: reading this "
	    "file changes nothing. What has no default stands behind a # without a blank, as an "
	    "example: take the # away and put your own there.");
	buf_printf(
	    b, "# Names of zones are those of the IANA database, release %s.\n", zone_release());
	/* members with a default as they would be written, others as comments */
	for (unsigned i = 0; i < n_members; i++) {
		const struct member_info *m = &member_info[i];

		buf_byte(b, '\n');
		snprintf(text, sizeof text, "%s: %s. Form: %s.%s", m->name, m->meaning, m->form,
		    m->given_by_default ? "" : " Default: none.");
		comment(b, "", text);
		for (const char *s = m->text; *s;) {
			size_t n = strcspn(s, "\n");

			buf_printf(b, "%s%.*s\n", m->given_by_default ? "" : "#", (int)n, s);
			s += n + (s[n] == '\n');
		}
	}
	buf_str(b, "\n# Numbers, from 0 to 1e9; s: seconds.\nparameters:\n");
	for (unsigned i = 0; i < n_parameters; i++) {
		const struct parameter_info *p = &parameter_info[i];

		comment(b, "  ", p->meaning);
		buf_printf(
		    b, "  %s: %.15g%s%s\n", p->name, p->value, p->unit[0] ? "   # " : "", p->unit);
	}
}
