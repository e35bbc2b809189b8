/* What lies in the folder attestation of a bundle (formats/bundle.md X-10): whose word it is, by
 * keys that were given from outside. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "cmd/analyze/bundle.h"
#include "json/json.h"
#include "log/dsse.h"

#define FOLDER "attestation/"
#define ATTESTED_BYTES (96u << 20)

static int
by_name(const void *pa, const void *pb)
{
	return strcmp(
	    ((const struct attested_file *)pa)->name, ((const struct attested_file *)pb)->name);
}

int
attested_read(struct attested *a, const char *dir, struct err *e)
{
	char path[4300], file[4300];
	struct dirent *x;
	struct stat st;
	DIR *d;

	snprintf(path, sizeof path, "%.3800s/attestation", dir);
	/* no folder: nobody attested it, which is no fault */
	if ((d = opendir(path)) == NULL)
		return 0;
	while (e->status == 0 && (x = readdir(d)) != NULL) {
		struct attested_file *f = &a->file[a->n];

		if (x->d_name[0] == '.')
			continue;
		if (a->n == ATTESTED_MOST) {
			err_set(e, EX_DATA_ERR, "%.300s: more than %u files", path, ATTESTED_MOST);
			break;
		}
		snprintf(f->name, sizeof f->name, "%s", x->d_name);
		snprintf(file, sizeof file, "%.4000s/%.255s", path, x->d_name);
		/* a link or a pipe is none of it: the comparison of all names tells it */
		if (lstat(file, &st) == 0 && S_ISREG(st.st_mode) &&
		    (f->text = file_slurp(file, ATTESTED_BYTES, &f->n, e)) != NULL)
			a->n++;
	}
	closedir(d);
	/* a folder has no order of its own */
	qsort(a->file, a->n, sizeof *a->file, by_name);
	return e->status ? -1 : 0;
}

void
attested_release(struct attested *a)
{
	for (unsigned i = 0; i < a->n; i++)
		free(a->file[i].text);
	a->n = 0;
}

void
attested_pass(const struct attested *a, struct shelf *s)
{
	for (size_t i = 0; i < s->n_there; i++)
		for (unsigned k = 0; k < a->n && s->there[i].sha[0]; k++)
			s->there[i].seen |=
			    strncmp(s->there[i].name, FOLDER, strlen(FOLDER)) == 0 &&
			    strcmp(s->there[i].name + strlen(FOLDER), a->file[k].name) == 0;
}

/* Is it what was made anew under this name? */
static bool
is_made(const struct bundle *b, const char *name, const void *p, size_t n)
{
	struct sha256 *sha = sha256_new();
	uint8_t d[32];
	char hex[65] = "";

	if (sha == NULL) {
		nomem_note();
		return false;
	}
	sha256_once(sha, p, n, d);
	hex_of(d, 32, hex);
	sha256_free(sha);
	for (size_t i = 0; i < b->shelf.n; i++)
		if (strcmp(b->shelf.file[i].name, name) == 0)
			return strcmp(b->shelf.file[i].sha, hex) == 0;
	return false;
}

static bool
member_text(const struct json_doc *d, uint32_t object, const char *name, struct buf *out)
{
	uint32_t i = json_member(d, object, name);

	buf_clear(out);
	if (i == JSON_NONE || d->node[i].type != JSON_STRING)
		return false;
	return base64_to(json_str(d, i), d->node[i].str_len, out) && !out->failed;
}

static bool
member_is(const struct json_doc *d, uint32_t object, const char *name, const char *want)
{
	uint32_t i = json_member(d, object, name);

	return i != JSON_NONE && d->node[i].type == JSON_STRING &&
	    d->node[i].str_len == strlen(want) && memcmp(json_str(d, i), want, strlen(want)) == 0;
}

/* Who signed these bytes, of the keys given; NULL: none of them. *wrong: one that is named, and did
 * not. */
static const struct vkey *
signer_of(const struct evidence *outside, const struct json_doc *d, uint32_t signature,
    const struct buf *signed_bytes, const struct buf *sig, const struct vkey **wrong)
{
	char keyid[65];

	for (unsigned i = 0; i < outside->n_vkeys; i++) {
		const struct vkey *k = &outside->vkey[i];

		if (sig->len == 64 &&
		    vkey_verifies(k, signed_bytes->p, signed_bytes->len, sig->p) == NOTE_VERIFIED)
			return k;
		if (dsse_keyid(k, keyid) && member_is(d, signature, "keyid", keyid))
			*wrong = k;
	}
	return NULL;
}

/* What a file of it says; words: about whom. NULL: it is in order. */
static const char *
judge_envelope(const struct bundle *b, const struct evidence *outside, const struct json_doc *d,
    uint32_t object, struct buf *words)
{
	struct buf payload, bytes, sig;
	const struct vkey *by = NULL, *wrong = NULL;
	const char *bad = NULL;
	unsigned n = 0;

	buf_init(&payload, ATTESTED_BYTES);
	buf_init(&bytes, ATTESTED_BYTES);
	buf_init(&sig, 1024);
	/* only the statement that this bundle's archives give is worth a signature */
	if (!member_is(d, object, "payloadType", DSSE_STATEMENT) ||
	    !member_text(d, object, "payload", &payload)) {
		bad = "no signed statement";
	} else if (!is_made(b, "statement.intoto.json", payload.p, payload.len)) {
		bad = "it is of another statement than the archives of this bundle give";
	} else {
		dsse_bytes(&bytes, DSSE_STATEMENT, payload.p, payload.len);
		/* the first signature by a key that was given decides */
		for (uint32_t i = json_first_of(d, object, "signatures"); i != JSON_NONE;
		     i = d->node[i].next, n++)
			if (by == NULL && d->node[i].type == JSON_OBJECT &&
			    member_text(d, i, "sig", &sig))
				by = signer_of(outside, d, i, &bytes, &sig, &wrong);
		if (bytes.failed || n == 0)
			bad = "no signature";
		else if (by)
			buf_printf(
			    words, "the statement, signed by %s, whose key you gave", by->name);
		else if (wrong)
			bad = "a false signature in the name of a key that you gave";
		else
			buf_str(words, "signed by no key that you gave: nothing follows from it");
	}
	buf_release(&payload);
	buf_release(&bytes);
	buf_release(&sig);
	return bad;
}

static const char *
judge_json(const struct bundle *b, const struct evidence *outside, const struct attested_file *f,
    bool sigstore, struct buf *words)
{
	struct json_doc d;
	const char *bad = "no JSON of an attestation";
	uint32_t at = 0;

	json_init(&d);
	if (json_parse(&d, f->text, f->n, 16) == 0 && d.node[0].type == JSON_OBJECT) {
		if (sigstore)
			at = json_member(&d, 0, "dsseEnvelope");
		if (at != JSON_NONE && d.node[at].type == JSON_OBJECT)
			bad = judge_envelope(b, outside, &d, at, words);
	}
	json_release(&d);
	return bad;
}

static const char *
judge_sums(const struct bundle *b, const struct evidence *outside, const struct attested_file *f,
    struct buf *words)
{
	const struct vkey *by = NULL;
	const char *why;
	struct note n;

	if (note_parse(&n, f->text, f->n, &why))
		return "no signed note";
	if (!is_made(b, "SHA256SUMS", n.text, n.text_len))
		return "it is of other sums than the files of this bundle give";
	switch (note_verify(&n, outside->vkey, outside->n_vkeys, &by)) {
	case NOTE_VERIFIED:
		buf_printf(words, "SHA256SUMS, signed by %s, whose key you gave", by->name);
		return NULL;
	case NOTE_FALSE:
		return "a false signature in the name of a key that you gave";
	default:
		buf_str(words, "signed by no key that you gave: nothing follows from it");
		return NULL;
	}
}

static const char *
judge_pem(const struct evidence *outside, const struct attested_file *f, struct buf *words)
{
	struct buf pem;
	bool same = false;

	buf_init(&pem, 4096);
	for (unsigned i = 0; i < outside->n_vkeys && !same; i++) {
		buf_clear(&pem);
		vkey_pem(&outside->vkey[i], &pem);
		same = pem.len == f->n && memcmp(pem.p, f->text, f->n) == 0;
		if (same)
			buf_printf(
			    words, "the key of %s, which you gave, as PEM", outside->vkey[i].name);
	}
	buf_release(&pem);
	if (strncmp(f->text, "-----BEGIN PUBLIC KEY-----\n", 27))
		return "no public key as PEM";
	if (!same)
		buf_str(words, "a key that you did not give: it proves nothing");
	return NULL;
}

static bool
ends(const char *s, const char *with)
{
	return strlen(s) > strlen(with) && strcmp(s + strlen(s) - strlen(with), with) == 0;
}

void
attested_tell(
    const struct attested *a, struct bundle *b, const struct evidence *outside, struct buf *out)
{
	for (unsigned i = 0; i < a->n; i++) {
		const struct attested_file *f = &a->file[i];
		const char *bad = "no file of this bundle";
		char name[300];
		struct buf words;

		buf_init(&words, 4096);
		if (ends(f->name, ".dsse.json") || ends(f->name, ".sigstore.json"))
			bad = judge_json(b, outside, f, ends(f->name, ".sigstore.json"), &words);
		else if (ends(f->name, ".sums"))
			bad = judge_sums(b, outside, f, &words);
		else if (ends(f->name, ".pem"))
			bad = judge_pem(outside, f, &words);
		snprintf(name, sizeof name, FOLDER "%s", f->name);
		if (bad) {
			shelf_differs(&b->shelf, name, bad);
		} else {
			buf_str(out, "attested     ");
			text_plain(out, name, strlen(name));
			buf_str(out, ": ");
			text_plain(out, (char *)words.p, words.len);
			buf_byte(out, '\n');
		}
		buf_release(&words);
	}
}
