/*
 * attest: the signing key's word for a bundle (formats/bundle.md X-10): its statement as a DSSE
 * envelope and as a Sigstore bundle, its sums as a signed note, and the key as others hold one. The
 * analyzer never signs, so this is the exporter's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cmd/export/attest_zip.h"
#include "cmd/export/export.h"
#include "json/emit.h"
#include "log/dsse.h"
#include "write/sign.h"

#define STATEMENT_MOST (16u << 20) /* bytes */
#define SUMS_MOST (64u << 20)
#define SIGSTORE "application/vnd.dev.sigstore.bundle.v0.3+json"

struct attesting {
	const char *dir;       /* a folder, or a zip */
	struct zip_files *zip; /* NULL: it is a folder */
	struct signing_key key;
	struct sha256 *sha;
	char *statement, *sums;
	size_t statement_n, sums_n;
	struct err e;
};

static int
digest(struct attesting *a, const char *name, char hex[65])
{
	const char *in_zip = a->zip ? zip_files_sha(a->zip, name) : NULL;
	char path[4400];
	unsigned char chunk[65536], d[32];
	size_t n;
	FILE *f;
	int rc;

	if (a->zip && in_zip == NULL)
		return err_set(&a->e, EX_DATA_ERR,
		    "%.300s: %.300s is not in it, and SHA256SUMS names it", a->dir, name);
	if (in_zip) {
		memcpy(hex, in_zip, 65);
		return 0;
	}
	snprintf(path, sizeof path, "%.3700s/%.600s", a->dir, name);
	if ((f = fopen(path, "re")) == NULL)
		return err_errno(&a->e, "%s", path);
	sha256_begin(a->sha);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		sha256_add(a->sha, chunk, n);
	rc = ferror(f) ? err_errno(&a->e, "%s", path) : 0;
	fclose(f);
	sha256_end(a->sha, d);
	hex_of(d, 32, hex);
	return rc;
}

/* What is signed is what lies here: every file of SHA256SUMS has its digest. 0 or -1 (e). */
static int
check_sums(struct attesting *a)
{
	const char *p = a->sums;
	bool statement = false;
	char hex[65], name[600];

	while (*p) {
		size_t n = strcspn(p, "\n");

		if (n < 67 || n - 66 >= sizeof name || p[n] != '\n' || memcmp(p + 64, "  ", 2) ||
		    p[66] == '/')
			return err_set(
			    &a->e, EX_DATA_ERR, "SHA256SUMS: a line that is none of a bundle's");
		snprintf(name, sizeof name, "%.*s", (int)(n - 66), p + 66);
		if (strstr(name, "../"))
			return err_set(&a->e, EX_DATA_ERR,
			    "SHA256SUMS: %.300s lies outside of the bundle", name);
		if (digest(a, name, hex))
			return -1;
		if (memcmp(hex, p, 64))
			return err_set(&a->e, EX_DATA_ERR,
			    "%.300s: it has not the digest that SHA256SUMS says; nothing was "
			    "signed (exhibit bundle --check says more)",
			    name);
		statement |= strcmp(name, "statement.intoto.json") == 0;
		p += n + 1;
	}
	return statement ?
	    0 :
	    err_set(&a->e, EX_DATA_ERR, "SHA256SUMS: it does not name statement.intoto.json");
}

static void
put_base64(struct emit *e, const char *name, const void *p, size_t n)
{
	struct buf b;

	buf_init(&b, 64u << 20);
	base64_of(p, n, &b);
	emit_text(e, name, b.p ? (char *)b.p : "", b.len);
	if (b.failed)
		e->out->failed = true;
	buf_release(&b);
}

/* The envelope; keyid: NULL: without one. */
static void
envelope(
    struct attesting *a, struct emit *e, const char *name, const uint8_t sig[64], const char *keyid)
{
	emit_object(e, name);
	put_base64(e, "payload", a->statement, a->statement_n);
	emit_str(e, "payloadType", DSSE_STATEMENT);
	emit_array(e, "signatures");
	emit_object(e, NULL);
	if (keyid)
		emit_str(e, "keyid", keyid);
	put_base64(e, "sig", sig, 64);
	emit_end(e);
	emit_end(e);
	emit_end(e);
}

static int
sigstore(struct attesting *a, struct emit *e, const uint8_t sig[64])
{
	uint8_t der[SPKI_ED25519], d[32];

	vkey_spki(&a->key.pub, der);
	sha256_once(a->sha, der, sizeof der, d);
	emit_object(e, NULL);
	emit_str(e, "mediaType", SIGSTORE);
	emit_object(e, "verificationMaterial");
	emit_object(e, "publicKey");
	put_base64(e, "hint", d, 32);
	emit_end(e);
	emit_end(e);
	envelope(a, e, "dsseEnvelope", sig, NULL);
	emit_end(e);
	return emit_done(e) ? 0 : -1;
}

/* `attestation/NAME-ID` without an ending: letters, digits and `.-_` of the key's name, others as
 * %XX. */
static void
base_name(const struct attesting *a, char out[1200])
{
	size_t o = (size_t)snprintf(
	    out, 1200, "%.300s%sattestation/", a->zip ? "" : a->dir, a->zip ? "" : "/");
	char id[9];

	for (const unsigned char *p = (const unsigned char *)a->key.pub.name; *p; p++)
		if ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
		    (*p >= 'A' && *p <= 'Z') ||
		    (strchr("-_.", *p) && p != (const unsigned char *)a->key.pub.name))
			out[o++] = (char)*p;
		else
			o += (size_t)snprintf(out + o, 4, "%%%02X", *p);
	hex_of(a->key.pub.id, 4, id);
	snprintf(out + o, 1200 - o, "-%s", id);
}

/* A new file, whole or not at all. 0 or -1 (e). */
static int
put_file(struct attesting *a, const char *base, const char *end, const struct buf *b)
{
	char path[1300];
	FILE *f;
	int fd;

	snprintf(path, sizeof path, "%s%s", base, end);
	if (b->failed)
		return err_nomem(&a->e);
	if (a->zip)
		return zip_files_add(a->zip, path, b, &a->e);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644)) < 0)
		return err_set(&a->e, EX_CANT_CREATE, "%.900s: %s", path,
		    errno == EEXIST ? "it is there already; a signature is not replaced" :
				      strerror(errno));
	f = fdopen(fd, "w");
	if (f == NULL || fwrite(b->p, 1, b->len, f) != b->len || fflush(f) || fsync(fd)) {
		err_errno(&a->e, "%s", path);
		unlink(path);
	}
	if (f)
		fclose(f);
	return a->e.status ? -1 : 0;
}

/* The four files. 0 or -1 (e). */
static int
sign(struct attesting *a, char base[1200])
{
	struct buf b;
	struct emit e;
	uint8_t sig[64];
	char keyid[65], dir[400];
	int rc;

	/* the four files share a name */
	base_name(a, base);
	buf_init(&b, 128u << 20);
	/* signed are the bytes of the statement, as they stand */
	dsse_bytes(&b, DSSE_STATEMENT, a->statement, a->statement_n);
	rc = b.failed || !dsse_keyid(&a->key.pub, keyid) ?
	    err_nomem(&a->e) :
	    sign_bytes(&a->key, b.p, b.len, sig, &a->e);
	snprintf(dir, sizeof dir, "%.300s/attestation", a->dir);
	if (rc == 0 && a->zip == NULL && mkdir(dir, 0755) && errno != EEXIST)
		rc = err_set(&a->e, EX_CANT_CREATE, "%s: %s", dir, strerror(errno));
	/* each form of the same signature, for tools that read one of them */
	if (rc == 0) {
		buf_clear(&b);
		emit_init(&e, &b);
		envelope(a, &e, NULL, sig, keyid);
		buf_byte(&b, '\n');
		rc = put_file(a, base, ".dsse.json", &b);
	}
	if (rc == 0) {
		buf_clear(&b);
		emit_init(&e, &b);
		sigstore(a, &e, sig);
		buf_byte(&b, '\n');
		rc = put_file(a, base, ".sigstore.json", &b);
	}
	/* the key as others read it */
	if (rc == 0) {
		buf_clear(&b);
		vkey_pem(&a->key.pub, &b);
		rc = put_file(a, base, ".pem", &b);
	}
	/* the sums last: they cover what was attested */
	if (rc == 0) {
		buf_clear(&b);
		buf_put(&b, a->sums, a->sums_n);
		rc = sign_note(&a->key, a->sums, a->sums_n, &b, &a->e) ||
			put_file(a, base, ".sums", &b) ?
		    -1 :
		    0;
	}
	buf_release(&b);
	return rc;
}

/* What is signed, and what it must be: bounded before it is read. 0 or -1 (e). */
static int
read_bundle(struct attesting *a, struct zip_files *zip)
{
	char path[4300];

	if ((a->sha = sha256_new()) == NULL)
		return err_nomem(&a->e);
	if (a->zip) {
		if (zip_files_read(zip, a->dir, SUMS_MOST, a->sha, &a->e))
			return -1;
		if (zip->statement.len > STATEMENT_MOST)
			return err_set(&a->e, EX_DATA_ERR,
			    "%.300s: statement.intoto.json is larger than that of any bundle",
			    a->dir);
		buf_byte(&zip->sums, '\0');
		a->sums = (char *)zip->sums.p;
		a->sums_n = zip->sums.len - 1;
		a->statement = (char *)zip->statement.p;
		a->statement_n = zip->statement.len;
		return zip->sums.failed ? err_nomem(&a->e) : 0;
	}
	snprintf(path, sizeof path, "%.3800s/SHA256SUMS", a->dir);
	if ((a->sums = file_slurp(path, SUMS_MOST, &a->sums_n, &a->e)) == NULL)
		return -1;
	snprintf(path, sizeof path, "%.3800s/statement.intoto.json", a->dir);
	a->statement = file_slurp(path, STATEMENT_MOST, &a->statement_n, &a->e);
	return a->statement ? 0 : -1;
}

/* A zip is not changed: a new one holds all of it and the attestation. 0 or -1 (e). */
static int
sign_all(struct attesting *a, const char *out, char base[1200])
{
	if (a->zip == NULL)
		return sign(a, base);
	return zip_files_copy(a->zip, out, &a->e) || sign(a, base) ||
		zip_files_finish(a->zip, &a->e) ?
	    -1 :
	    0;
}

int
cmd_attest(const struct cli *c)
{
	const char *key = cli_get(c, "key"), *out = cli_get(c, "out");
	struct attesting a = { 0 };
	struct zip_files zip = { .fd = -1, .out_fd = -1 };
	struct stat st;
	char base[1200];
	int status = 0;

	if (c->n_args != 1 || key == NULL)
		return cli_usage(c, "attest wants the folder or zip of a bundle and --key FILE");
	a.dir = c->arg[0];
	if (strlen(a.dir) > 300)
		return cli_usage(c, "%.100s…: the folder's name is too long", a.dir);
	if (stat(a.dir, &st) == 0 && S_ISREG(st.st_mode))
		a.zip = &zip;
	if (a.zip ? out == NULL : out != NULL)
		return cli_usage(c,
		    a.zip ? "%.200s: a zip is not changed: want --out NEW.zip for the one with "
			    "the signatures in it" :
			    "%.200s: --out is for a zip; in a folder, signatures go into its "
			    "folder attestation",
		    a.dir);
	/* a sum that does not hold ends it before anything is signed */
	if (read_bundle(&a, &zip) || check_sums(&a) || sign_key_load(&a.key, key, &a.e) ||
	    sign_all(&a, out, base)) {
		status = cli_fail(c, &a.e);
	} else {
		/* a key that others can read is said, and used */
		if (a.key.group)
			cli_note(c, "%s: its group can read or write this signing key", key);
		cli_note(c,
		    "%s%s%s.dsse.json, .sigstore.json, .pem and .sums: signed as %s, %s. Whoever "
		    "verifies them needs that key by another way than this %s.",
		    a.zip ? out : "", a.zip ? ": " : "", base, a.key.pub.name,
		    a.key.pub.fingerprint, a.zip ? "zip" : "folder");
	}
	memset(&a.key, 0, sizeof a.key);
	sha256_free(a.sha);
	if (a.zip == NULL) {
		free(a.sums);
		free(a.statement);
	}
	zip_files_close(&zip);
	return status;
}
