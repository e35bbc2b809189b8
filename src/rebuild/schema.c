/* The rebuilt object held against the rules of its CRD (fields.def; B-10). */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "rebuild/inner.h"

static const struct {
	const char *path, *check;
} rule[] = {
#define FIELD(name, path, check, grade, rule) { path, check },
#define ABSENT(path, check, reason) { path, check },
#include "rebuild/fields.def"
#undef FIELD
#undef ABSENT
};

#define RULES (sizeof rule / sizeof *rule)

static void refuse(struct rebuilt_rr *r, const char *path, const char *why);

void
schema_refuse(struct rebuilt_rr *r, const char *path, const char *why)
{
	refuse(r, path, why);
}

/* RFC 1123: small letters, digits and '-', in a subdomain '.' between; neither begins nor ends with
 * them. */
static bool
dns_name(const char *s, size_t n, bool subdomain)
{
	if (n == 0 || n > (subdomain ? 253 : 63))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9');
		bool dot = subdomain && s[i] == '.',
		     before = i > 0 && s[i - 1] != '.' && i + 1 < n && s[i + 1] != '.';

		if (!letter && !(dot && before && s[i - 1] != '-' && s[i + 1] != '-') &&
		    !(s[i] == '-' && before))
			return false;
	}
	return true;
}

void
metadata_check(struct rebuilt_rr *r, const char *name, size_t n, const char *namespace)
{
	if (!dns_name(name, n, true))
		refuse(r, "metadata.name", "is no name that an API server takes");
	if (namespace[0] && !dns_name(namespace, strlen(namespace), false))
		refuse(r, "metadata.namespace", "is no name that an API server takes");
}

static void
refuse(struct rebuilt_rr *r, const char *path, const char *why)
{
	struct emit e;

	emit_within(&e, &r->errors);
	emit_format(&e, NULL, "%s %s", path, why);
	r->n_errors++;
}

/* Code points; what is no UTF-8 counts as one each. */
static size_t
length_of(struct str s)
{
	size_t n = 0;
	uint32_t cp;

	for (size_t i = 0; i < s.n; n++) {
		unsigned k = utf8_next((const unsigned char *)s.p + i, s.n - i, &cp);

		i += k ? k : 1;
	}
	return n;
}

static bool
in_enum(struct str s, const char *words)
{
	for (const char *p = words; *p; p += strcspn(p, "|"), p += *p == '|')
		if (strcspn(p, "|") == s.n && memcmp(p, s.p, s.n) == 0)
			return true;
	return false;
}

/* Go's duration text: numbers with units, a sign before them; what the controllers write into
 * status. */
static bool
is_duration(struct str s)
{
	size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'), parts = 0;

	if (s.n == 1 && s.p[0] == '0')
		return true;
	while (i < s.n) {
		size_t digits = 0, unit;

		for (; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '.'); i++)
			digits++;
		for (unit = i; i < s.n && !((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '.'); i++)
			;
		if (digits == 0 ||
		    !in_enum(
			(struct str){ s.p + unit, i - unit }, "ns|us|\xc2\xb5s|\xce\xbcs|ms|s|m|h"))
			return false;
		parts++;
	}
	return parts > 0;
}

static const char *
text_fault(const char *check, struct str s)
{
	unsigned min, max;
	struct utc t;

	if (strcmp(check, "time") == 0)
		return utc_parse(s.p, s.n, &t) == UTC_OK ? NULL : "is no date-time";
	if (strcmp(check, "duration") == 0)
		return is_duration(s) ? NULL : "is no duration";
	if (strncmp(check, "enum:", 5) == 0)
		return in_enum(s, check + 5) ? NULL : "is none of the values that the CRD allows";
	if (strcmp(check, "hex:64") == 0) {
		for (size_t i = 0; i < s.n; i++)
			if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
				return "is not 64 lower-case hex digits";
		return s.n == 64 ? NULL : "is not 64 lower-case hex digits";
	}
	if (sscanf(check, "text:%u-%u", &min, &max) == 2 &&
	    (length_of(s) < min || length_of(s) > max))
		return length_of(s) < min ? "is shorter than the CRD allows" :
					    "is longer than the CRD allows";
	return NULL;
}

static const char *
whole_fault(const char *check, struct str s)
{
	int64_t v;

	if (!dec_i64(s.p, s.n, &v))
		return "is no whole number";
	return strcmp(check, "int32") == 0 && (v < INT32_MIN || v > INT32_MAX) ? "does not fit 32 "
										 "bits" :
										 NULL;
}

/* NULL: fine. */
static const char *
fault(const char *check, const struct json_doc *d, uint32_t i)
{
	uint8_t type = d->node[i].type;

	if (strncmp(check, "int", 3) == 0)
		return type == JSON_NUMBER ?
		    whole_fault(check, (struct str){ json_src(d, i), d->node[i].src_len }) :
		    "is no number";
	if (strcmp(check, "bool") == 0)
		return type == JSON_TRUE || type == JSON_FALSE ? NULL : "is neither true nor false";
	if (strcmp(check, "map") == 0 || strcmp(check, "ref") == 0)
		return type == JSON_OBJECT ? NULL : "is no object";
	if (strcmp(check, "refs") == 0 || strcmp(check, "list") == 0 ||
	    strcmp(check, "conditions") == 0)
		return type == JSON_ARRAY ? NULL : "is no list";
	return type == JSON_STRING ?
	    text_fault(check, (struct str){ json_str(d, i), d->node[i].str_len }) :
	    "is no text";
}

/* The parent of a path, "" at the top. */
static void
parent_of(const char *path, char out[PATH_MAX_BYTES])
{
	const char *dot = strrchr(path, '.');

	snprintf(out, PATH_MAX_BYTES, "%.*s", dot ? (int)(dot - path) : 0, path);
}

int
schema_check(struct rebuilt_rr *r, bool flat)
{
	struct json_doc d;
	int rc;

	json_init(&d);
	rc = json_parse(&d, (char *)r->object.p, r->object.len, EX_JSON_DEPTH);
	for (size_t i = 0; rc == 0 && i < RULES; i++) {
		char path[PATH_MAX_BYTES], parent[PATH_MAX_BYTES];
		const char *check = rule[i].check, *why;
		bool required = check[0] == '!', status = rule[i].path[1] == 't';
		uint32_t k;

		field_path(rule[i].path, flat, path);
		parent_of(path, parent);
		k = json_path(&d, 0, path);
		r->known[status]++;
		r->filled[status] += k != JSON_NONE;
		if (k == JSON_NONE) {
			if (required && json_path(&d, 0, parent) != JSON_NONE)
				refuse(r, path, "is required and not in evidence");
		} else if ((why = fault(check + required, &d, k)) != NULL) {
			refuse(r, path, why);
		}
	}
	if (rc == 0 && json_path(&d, 0, "spec.targetResource") == JSON_NONE)
		refuse(r, "spec.targetResource", "is required and not in evidence");
	json_release(&d);
	return rc || r->errors.failed ? -1 : 0;
}
