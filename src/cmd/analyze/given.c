/* The auditor's own inputs: keys, checkpoints, a policy. Read before the sandbox is entered,
 * parsed inside it (output.md O-20). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "approval/parameters.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/journal.h"
#include "cmd/analyze/memory_file.h"
#include "cmd/analyze/report_selftest.h"
#include "report/xlsx_read.h"
#include "trust/stamp.h"

#define SIDE_MAX 65536u
#define POLICY_MAX (4u << 20)
#define SUCCESSION_MAX (1u << 16)
#define SAMPLE_MAX (64u << 20)

static int
side_add(struct evidence *v, const char *option, const char *given, char *text, size_t n)
{
	if (text == NULL || vec_more(&v->side, v->n_sides, sizeof *v->side)) {
		free(text);
		return err_nomem(&v->err);
	}
	v->side[v->n_sides++] = (struct given){ option, given, text, n };
	return 0;
}

/* A key or a checkpoint may stand on the command line itself; what can be opened is a file. */
static bool
side_is_text(const char *option, const char *given)
{
	if (strcmp(given, "-") == 0 || access(given, R_OK) == 0)
		return false;
	return strcmp(option, "vkey") == 0 || strcmp(option, "witness-vkey") == 0 ?
	    strchr(given, '+') != NULL :
	    strcmp(option, "expect") == 0 && strpbrk(given, " \t") != NULL;
}

/* The auditor's memory, where one is named. */
static int
read_memory(struct evidence *v)
{
	const char *path = memory_path(v->c);
	size_t n = 0;
	char *p;

	if (path == NULL)
		return 0;
	p = memory_slurp(v->c, &n, &v->err);
	if (p == NULL)
		return v->err.status ? -1 : 0;
	return side_add(v, "memory", path, p, n);
}

int
given_read(struct evidence *v)
{
	static const struct {
		const char *name;
		size_t most;
	} option[] = { { "vkey", SIDE_MAX }, { "hmac-key-file", SIDE_MAX }, { "expect", SIDE_MAX },
		{ "policy", POLICY_MAX }, { "sample", SAMPLE_MAX }, { "management", WORKBOOK_MOST },
		{ "auditor", WORKBOOK_MOST }, { "note", EX_MAX_NOTE }, { "stamp", STAMP_MAX },
		{ "witness-vkey", SIDE_MAX }, { "tsa-ca", AUTHORITIES_MAX },
		{ "succession", SUCCESSION_MAX }, { "with-journal", JOURNAL_MAX },
		{ "selftest", SELFTEST_FILE_MAX } };
	const char *given;

	for (unsigned k = 0; k < sizeof option / sizeof *option; k++)
		for (unsigned i = 0; (given = cli_nth(v->c, option[k].name, i)) != NULL; i++) {
			bool text = side_is_text(option[k].name, given);
			size_t n = strlen(given);
			char *p =
			    text ? strdup(given) : file_slurp(given, option[k].most, &n, &v->err);

			if (p == NULL && !text) {
				char was[700];

				snprintf(was, sizeof was, "%.690s", v->err.text);
				/* the book of answers is no option there */
				bool named = strcmp(v->c->verb->name, "answers") ||
				    option[k].most != WORKBOOK_MOST;

				snprintf(v->err.text, sizeof v->err.text, "%s%s%s%s%s",
				    named ? "--" : "", named ? option[k].name : "",
				    named ? " " : "", was,
				    strcmp(option[k].name, "expect") ? "" :
								       "; want `origin size root`, "
								       "or a file with it");
				return -1;
			}
			if (side_add(v, option[k].name, given, p, n))
				return -1;
		}
	return read_memory(v);
}

int
given_copy(struct evidence *v, const struct evidence *like)
{
	for (unsigned i = 0; i < like->n_sides; i++) {
		const struct given *s = &like->side[i];
		char *p = malloc(s->n + 1);

		if (p)
			memcpy(p, s->text, s->n + 1);
		if (side_add(v, s->option, s->given, p, s->n))
			return -1;
	}
	return 0;
}

const struct given *
evidence_given(const struct evidence *v, const char *option)
{
	for (unsigned i = 0; i < v->n_sides; i++)
		if (strcmp(v->side[i].option, option) == 0)
			return &v->side[i];
	return NULL;
}

/* Puts where an error stands before its text. */
static int
side_error(struct evidence *v, const struct given *s, unsigned line)
{
	char was[700], place[32] = "";

	snprintf(was, sizeof was, "%.690s", v->err.text);
	if (line)
		snprintf(place, sizeof place, ", line %u", line);
	snprintf(
	    v->err.text, sizeof v->err.text, "--%s %.200s%s: %s", s->option, s->given, place, was);
	return -1;
}

/* The lines of a text as somebody's editor saved it, without blanks around them; empty ones are
 * passed over. */
struct lines {
	struct buf text;
	char *next;
	unsigned no;
};

static int
lines_open(struct lines *l, struct evidence *v, const struct given *s)
{
	struct buf decoded;

	buf_init(&l->text, 2 * SIDE_MAX + 16);
	l->next = NULL;
	l->no = 0;
	if (!text_unwrap(s->text, s->n, &l->text)) {
		err_set(&v->err, EX_DATA_ERR, "it looks like UTF-16, and is not: unpaired halves");
		return side_error(v, s, 0);
	}
	if (memchr(l->text.p ? l->text.p : (unsigned char *)"", '\0', l->text.len)) {
		err_set(&v->err, EX_DATA_ERR, "a NUL byte: this is no text");
		return side_error(v, s, 0);
	}
	buf_init(&decoded, 2 * SIDE_MAX + 16);
	if (text_unbase64(l->text.p, l->text.len, &decoded)) {
		buf_clear(&l->text);
		buf_put(&l->text, decoded.p, decoded.len);
	}
	buf_release(&decoded);
	buf_byte(&l->text, '\0');
	if (l->text.failed)
		return err_nomem(&v->err);
	l->next = (char *)l->text.p;
	return 0;
}

static char *
line_next(struct lines *l)
{
	while (l->next) {
		char *p = strsep(&l->next, "\n"), *end;

		l->no++;
		p += strspn(p, " \t\r");
		for (end = p + strlen(p); end > p && strchr(" \t\r", end[-1]); end--)
			;
		*end = '\0';
		if (*p)
			return p;
	}
	return NULL;
}

/* --vkey FILE-OR-TEXT: a key a line. */
static int
parse_vkeys(struct evidence *v, const struct given *s)
{
	struct lines l;
	unsigned here = 0;
	char *line;
	int rc = lines_open(&l, v, s);

	while (rc == 0 && (line = line_next(&l)) != NULL) {
		if (vec_more(&v->vkey, v->n_vkeys, sizeof *v->vkey)) {
			rc = err_nomem(&v->err);
			break;
		}
		if (vkey_parse(&v->vkey[v->n_vkeys], line, strlen(line), &v->err))
			rc = side_error(v, s, here || l.no > 1 ? l.no : 0);
		else
			v->n_vkeys++, here++;
	}
	if (rc == 0 && here == 0) {
		err_set(&v->err, EX_DATA_ERR, "no key in it: it is empty");
		rc = side_error(v, s, 0);
	}
	buf_release(&l.text);
	return rc;
}

int
evidence_key_given(struct evidence *v, const char *given)
{
	size_t n = strlen(given);
	char *p;

	p = side_is_text("vkey", given) ? strdup(given) : file_slurp(given, SIDE_MAX, &n, &v->err);
	return v->err.status ? -1 : side_add(v, "vkey", given, p, n);
}

int
evidence_key(struct evidence *v, const char *given)
{
	if (evidence_key_given(v, given) || evidence_confine(v, v->c, NULL))
		return -1;
	return parse_vkeys(v, &v->side[0]);
}

/* ---- keys of the source: their characters. A file may hold them as somebody saved them, so other
 * readings are tried beside. */

static int
hmac_add(struct evidence *v, const void *p, size_t n, unsigned given, const char *words)
{
	/* the same characters read another way are no other key */
	for (unsigned i = 0; i < v->n_hmac; i++)
		if (words && v->hmac[i].n == n && memcmp(v->hmac[i].p, p, n) == 0)
			return 0;
	if (vec_more(&v->hmac, v->n_hmac, sizeof *v->hmac) ||
	    vec_more(&v->hmac_read, v->n_hmac, sizeof *v->hmac_read))
		return err_nomem(&v->err);
	if ((v->hmac[v->n_hmac].p = malloc(n + 1)) == NULL)
		return err_nomem(&v->err);
	memcpy((char *)v->hmac[v->n_hmac].p, p, n);
	v->hmac[v->n_hmac].n = n;
	v->hmac_read[v->n_hmac++] = (struct reading_of){ given, words };
	return 0;
}

static bool
printable(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] < 0x20 && p[i] != '\n' && p[i] != '\r' && p[i] != '\t') || p[i] > 0x7e)
			return false;
	return n > 0;
}

/* What else the characters may be: without what an editor added, the value of `hmacKey: …` (as the
 * source's Secret has it), either of them in base64. */
static int
hmac_readings(struct evidence *v, const struct given *s, unsigned given)
{
	struct buf text, decoded;
	const char *p, *end, *key;
	int rc = 0;

	buf_init(&text, 2 * SIDE_MAX + 16);
	buf_init(&decoded, 2 * SIDE_MAX + 16);
	/* as an editor may have saved it, then as base64 of that: two readings and no more */
	if (text_unwrap(s->text, s->n, &text))
		for (unsigned pass = 0; pass < 2 && rc == 0; pass++) {
			buf_byte(&text, '\0');
			p = (char *)text.p;
			for (end = p + strlen(p); end > p && strchr(" \t\r\n", end[-1]); end--)
				;
			p += strspn(p, " \t\r\n");
			if (end <= p)
				break;
			rc = hmac_add(v, p, (size_t)(end - p), given,
			    pass ? "decoded from base64" :
				   "without the byte order mark, line ends or blanks around it");
			/* a Secret of Kubernetes may have been given as it is */
			if (rc == 0 && (key = strstr(p, "hmacKey:")) != NULL) {
				const char *value = key + 8 + strspn(key + 8, " \t\"'");
				size_t n = strcspn(value, " \t\r\n\"'");

				if (n)
					rc =
					    hmac_add(v, value, n, given, "as the value of hmacKey");
			}
			buf_clear(&decoded);
			/* base64 of something that is no text is a key by itself, and was tried */
			if (rc || pass || !base64_to(p, (size_t)(end - p), &decoded) ||
			    !printable(decoded.p, decoded.len))
				break;
			buf_clear(&text);
			buf_put(&text, decoded.p, decoded.len);
		}
	buf_release(&text);
	buf_release(&decoded);
	return rc;
}

static int
parse_hmacs(struct evidence *v)
{
	unsigned given = 0;

	for (unsigned i = 0; i < v->n_sides; i++) {
		const struct given *s = &v->side[i];
		size_t n = s->n, mark = n >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

		if (strcmp(s->option, "hmac-key-file"))
			continue;
		if (n && s->text[n - 1] == '\n')
			/* one trailing newline is the file's, not the key's */
			n--;
		if (n == 0 || s->text[mark + strspn(s->text + mark, " \t\r\n")] == '\0') {
			err_set(&v->err, EX_USAGE_ERR, "the file is empty: there is no key in it");
			return side_error(v, s, 0);
		}
		if (hmac_add(v, s->text, n, given++, NULL))
			return -1;
	}
	given = 0;
	for (unsigned i = 0; i < v->n_sides; i++)
		if (strcmp(v->side[i].option, "hmac-key-file") == 0 &&
		    hmac_readings(v, &v->side[i], given++))
			return -1;
	return 0;
}

/* ---- expected checkpoints */

#define EXPECT_WANTED \
	"want `origin size root` as archive prints it, or a file with such lines or a signed " \
	"checkpoint"

static bool
lower_hex(const char *s, char out[65])
{
	for (unsigned i = 0; i < 64; i++)
		out[i] = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] - 'A' + 'a') : s[i];
	out[64] = '\0';
	return true;
}

/* One checkpoint; the root in hex of any case, or in base64. */
static int
expect_add(struct evidence *v, const struct given *s, unsigned line, const char *origin,
    const char *size, const char *root)
{
	struct expect x = { 0 };
	struct buf b;
	char hex[65];
	bool ok;

	if (vec_more(&v->expect, v->n_expects, sizeof *v->expect))
		return err_nomem(&v->err);
	buf_init(&b, 64);
	/* each of the three parts has its own mistake, and its own message */
	if (!note_name_ok(origin, strlen(origin)))
		err_set(&v->err, EX_USAGE_ERR, "no origin: %.100s; " EXPECT_WANTED, origin);
	else if (!dec_u64(size, strlen(size), &x.c.size))
		err_set(&v->err, EX_USAGE_ERR, "no size: %.100s; " EXPECT_WANTED, size);
	else if (x.c.size == 0)
		err_set(&v->err, EX_USAGE_ERR,
		    "a checkpoint of size 0 is in every log of that name and proves nothing");
	if (v->err.status == 0) {
		/* both spellings of a root that tools print */
		if (strlen(root) == 64)
			ok = lower_hex(root, hex) && hex_to(hex, 64, x.c.root);
		else if ((ok = base64_to(root, strlen(root), &b) && b.len == 32) == true)
			memcpy(x.c.root, b.p, 32);
		if (!ok)
			err_set(&v->err, EX_USAGE_ERR,
			    "no root: %.100s (64 hex digits, or base64 of 32 "
			    "bytes); " EXPECT_WANTED,
			    root);
	}
	buf_release(&b);
	if (v->err.status)
		return side_error(v, s, line);
	snprintf(x.c.origin, sizeof x.c.origin, "%s", origin);
	v->expect[v->n_expects++] = x;
	return 0;
}

/* An expectation of the policy. */
static int
policy_expects(struct evidence *v, const struct given *s, const char *text)
{
	char line[1024], *save, *w[4];
	unsigned n = 0;

	snprintf(line, sizeof line, "%s", text);
	for (char *p = strtok_r(line, " \t", &save); p && n < 4; p = strtok_r(NULL, " \t", &save))
		w[n++] = p;
	if (n == 3)
		return expect_add(v, s, 0, w[0], w[1], w[2]);
	err_set(&v->err, EX_DATA_ERR, "expectations: %.200s: want `origin size root`", text);
	return side_error(v, s, 0);
}

static bool
is_label(const char *word)
{
	return strcasecmp(word, "checkpoint:") == 0 || strcasecmp(word, "checkpoint") == 0;
}

/* Lines `[checkpoint[:]] origin size root`, or a note: origin, size and root on lines of their own,
 * and signatures. */
static int
parse_expects(struct evidence *v, const struct given *s)
{
	struct lines l;
	char *line, *w[5], *save, *note[3];
	unsigned n, here = 0, n_note = 0;
	int rc = lines_open(&l, v, s);

	/* one line each, or the three lines of a note; mixing them would leave a root without an
	 * origin */
	while (rc == 0 && n_note < 3 && (line = line_next(&l)) != NULL) {
		for (n = 0, line = strtok_r(line, " \t", &save); line && n < 5;
		     line = strtok_r(NULL, " \t", &save))
			w[n++] = line;
		/* the label that archive and info print before it */
		if ((n == 4 && is_label(w[0])) ||
		    (n && here == 0 && n_note == 0 && strcasecmp(w[0], "checkpoint:") == 0))
			memmove(w, w + 1, --n * sizeof *w);
		/* in one line */
		if (n == 3 && n_note == 0) {
			rc = expect_add(v, s, here || l.no > 1 ? l.no : 0, w[0], w[1], w[2]);
			here++;
		} else if (n == 1 && here == 0) {
			/* in three */
			note[n_note++] = w[0];
		} else if (n) {
			err_set(&v->err, EX_USAGE_ERR, EXPECT_WANTED);
			rc = side_error(v, s, l.no);
		}
	}
	/* what follows the three lines of a note is signed by it, or signs it; it is not needed to
	 * compare */
	if (rc == 0 && n_note == 3)
		rc = expect_add(v, s, 0, note[0], note[1], note[2]);
	else if (rc == 0 && here == 0) {
		err_set(&v->err, EX_USAGE_ERR, EXPECT_WANTED);
		rc = side_error(v, s, 0);
	}
	buf_release(&l.text);
	return rc;
}

/* The keys that the policy vouches for, the checkpoints that it expects, and its period; a key of
 * a log for which --vkey gives another is a mistake that nobody but the auditor can mend. */
static int
parse_policy(struct evidence *v, const struct given *s)
{
	struct parameters p;
	unsigned n = v->n_vkeys;
	const char *path;
	char why[300];
	int rc;

	parameters_default(&p);
	/* the policy is parsed as a whole: half of one would be another policy */
	if ((rc = parameters_read(&p, s->text, s->n, why)) > 0)
		err_set(&v->err, EX_DATA_ERR, "%.300s: %.250s", s->given, why);
	else if (rc < 0)
		err_nomem(&v->err);
	/* its keys are added to those of --vkey */
	for (unsigned i = 0; i < p.vkeys.n && v->err.status == 0; i++) {
		struct vkey *k;

		if (vec_more(&v->vkey, v->n_vkeys, sizeof *v->vkey)) {
			err_nomem(&v->err);
			break;
		}
		k = &v->vkey[v->n_vkeys];
		if (vkey_parse(k, p.vkeys.w[i], strlen(p.vkeys.w[i]), &v->err)) {
			side_error(v, s, 0);
			break;
		}
		/* two keys for one log: the auditor has to say which */
		for (unsigned j = 0; j < n && v->err.status == 0; j++)
			if (strcmp(v->vkey[j].name, k->name) == 0 &&
			    memcmp(v->vkey[j].key, k->key, 32))
				err_set(&v->err, EX_USAGE_ERR,
				    "--vkey and the policy name different keys for the log %.200s: "
				    "%s and %s",
				    k->name, v->vkey[j].fingerprint, k->fingerprint);
		v->n_vkeys++;
	}
	/* and what it expects of logs */
	for (unsigned i = 0; i < p.expectations.n && v->err.status == 0; i++)
		policy_expects(v, s, p.expectations.w[i]);
	/* a period of the policy holds where none was given */
	if (p.period) {
		v->period_declared = true;
		v->period = (struct period){ p.period_from, p.period_to };
	}
	/* its witnesses are those of --witness-vkey; last, since the list that s stands in grows */
	path = s->given;
	for (unsigned i = 0; i < p.witness_vkeys.n && v->err.status == 0; i++)
		side_add(v, "witness-vkey", path, strdup(p.witness_vkeys.w[i]),
		    strlen(p.witness_vkeys.w[i]));
	parameters_release(&p);
	return v->err.status ? -1 : 0;
}

/* The keys that were confirmed, and not revoked, count like given ones. */
static int
parse_memory(struct evidence *v, const struct given *s)
{
	if (memory_parse(&v->memory, s->text, s->n, &v->err))
		return side_error(v, s, 0);
	for (unsigned i = 0; i < v->memory.n; i++) {
		const struct memory_log *l = &v->memory.log[i];
		bool there = l->revoked[0] != '\0';

		for (unsigned k = 0; k < v->n_vkeys && !there; k++)
			there = strcmp(v->vkey[k].name, l->key.name) == 0 &&
			    memcmp(v->vkey[k].key, l->key.key, 32) == 0;
		if (there)
			continue;
		if (vec_more(&v->vkey, v->n_vkeys, sizeof *v->vkey))
			return err_nomem(&v->err);
		v->vkey[v->n_vkeys++] = l->key;
	}
	return 0;
}

int
given_parse(struct evidence *v)
{
	const struct given *policy = evidence_given(v, "policy"),
			   *memory = evidence_given(v, "memory");

	for (unsigned i = 0; i < v->n_sides; i++) {
		const struct given *s = &v->side[i];

		if ((strcmp(s->option, "vkey") == 0 && parse_vkeys(v, s)) ||
		    (strcmp(s->option, "expect") == 0 && parse_expects(v, s)))
			return -1;
	}
	if ((policy && parse_policy(v, policy)) || parse_hmacs(v))
		return -1;
	v->n_given_vkeys = v->n_vkeys;
	return memory ? parse_memory(v, memory) : 0;
}
