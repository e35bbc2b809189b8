#include "log/note.h"

#include "log/dsse.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"

bool
note_name_ok(const char *name, size_t n)
{
	const unsigned char *p = (const unsigned char *)name;
	uint32_t cp;
	unsigned k;

	if (n == 0 || n > NOTE_NAME_MAX || (n >= 8 && memcmp(name, "exhibit-", 8) == 0))
		return false;
	for (; n; p += k, n -= k) {
		if ((k = utf8_next(p, n, &cp)) == 0)
			return false;
		if (cp <= 0x20 || cp == '+' || (cp >= 0x7f && cp <= 0xa0) || cp == 0x1680 ||
		    (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 ||
		    cp == 0x202f || cp == 0x205f || cp == 0x3000)
			return false;
	}
	return true;
}

static void
one_digest(const void *a, size_t na, const void *b, size_t nb, uint8_t out[32])
{
	struct sha256 *s = sha256_new();

	memset(out, 0, 32);
	if (s == NULL)
		return;
	sha256_begin(s);
	sha256_add(s, a, na);
	sha256_add(s, b, nb);
	sha256_end(s, out);
	sha256_free(s);
}

void
vkey_finish(struct vkey *k)
{
	char head[NOTE_NAME_MAX + 2], hex[65], *o = k->fingerprint;
	uint8_t tk[33], d[32];

	tk[0] = k->type;
	memcpy(tk + 1, k->key, 32);
	snprintf(head, sizeof head, "%s\n", k->name);
	one_digest(head, strlen(head), tk, sizeof tk, d);
	memcpy(k->id, d, 4);
	one_digest(tk, sizeof tk, "", 0, d);
	hex_of(d, 32, hex);
	for (int i = 0; i < 64; i++) {
		if (i && i % 4 == 0)
			*o++ = ' ';
		*o++ = hex[i];
	}
	*o = '\0';
}

int
vkey_parse(struct vkey *k, const char *s, size_t n, struct err *e)
{
	const char *a, *b;
	struct buf key;
	uint8_t id[4];
	int r = -1;

	memset(k, 0, sizeof *k);
	/* what an editor or a copy by hand puts behind the line */
	while (n && (s[n - 1] == '\n' || s[n - 1] == '\r' || s[n - 1] == ' '))
		n--;
	buf_init(&key, 4096);
	/* before anything else, since the mistake is common and dangerous, and the text begins
	 * alike */
	if (n > 11 && memcmp(s, "PRIVATE+KEY", 11) == 0)
		return err_set(e, EX_DATA_ERR,
		    "this is a private key; an auditor needs the .vkey file, and nobody else "
		    "should have the .key file");
	if ((a = memchr(s, '+', n)) == NULL ||
	    (b = memchr(a + 1, '+', n - (size_t)(a + 1 - s))) == NULL || b - a != 9 ||
	    !hex_to(a + 1, 8, id) || !note_name_ok(s, (size_t)(a - s)))
		err_set(e, EX_DATA_ERR,
		    "not a verifier key (want one line NAME+8 hex digits+base64 [S-6])");
	else if (!base64_to(b + 1, n - (size_t)(b + 1 - s), &key) || key.len < 2)
		err_set(e, EX_DATA_ERR, "verifier key: the base64 part is damaged [S-6]");
	else if (key.p[0] != 1 || key.len != 33)
		err_set(e, EX_DATA_ERR,
		    "verifier key: type %u of %zu bytes is not supported (want Ed25519, type 1, 33 "
		    "bytes) [S-5]",
		    key.p[0], key.len);
	else
		r = 0;
	/* only Ed25519: another type could be valid, but nothing here could check what it signs */
	if (r == 0) {
		memcpy(k->name, s, (size_t)(a - s));
		k->type = key.p[0];
		memcpy(k->key, key.p + 1, 32);
		vkey_finish(k);
		/* the id is a digest of name and key: a digit mistyped in either is found here, not
		 * as a signature that fails */
		if (memcmp(k->id, id, 4))
			r = err_set(e, EX_DATA_ERR,
			    "verifier key: its key id does not fit name and key: mistyped or "
			    "altered [S-6]");
	}
	buf_release(&key);
	return r;
}

int
note_sig_parse(struct note_sig *g, const char *s, size_t n)
{
	const char *sp;
	struct buf b;
	int r = 1;

	buf_init(&b, 8192);
	memset(g, 0, sizeof *g);
	if (n > 4 && memcmp(s, "\xe2\x80\x94 ", 4) == 0 &&
	    (sp = memchr(s + 4, ' ', n - 4)) != NULL && note_name_ok(s + 4, (size_t)(sp - s - 4)) &&
	    base64_to(sp + 1, n - (size_t)(sp + 1 - s), &b) && b.len > 4) {
		memcpy(g->name, s + 4, (size_t)(sp - s - 4));
		memcpy(g->id, b.p, 4);
		g->sig_len = b.len - 4;
		memcpy(g->sig, b.p + 4, g->sig_len < NOTE_SIG_KEPT ? g->sig_len : NOTE_SIG_KEPT);
		r = 0;
	}
	buf_release(&b);
	return r;
}

int
note_parse(struct note *n, const char *s, size_t len, const char **why)
{
	const char *p, *end = s + len, *nl;

	memset(n, 0, sizeof *n);
	if (len > EX_MAX_NOTE || !utf8_valid(s, len))
		return *why = "longer than the limit or not UTF-8", 1;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 && s[i] != '\n')
			return *why = "a control character", 1;
	for (p = end - 2; p > s && !(p[0] == '\n' && p[1] == '\n'); p--)
		;
	if (len < 4 || p <= s)
		return *why = "no empty line before signatures", 1;
	n->text = s;
	n->text_len = (size_t)(p + 1 - s);
	for (p += 2; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return *why = "the last line does not end", 1;
		if (n->n_sig == NOTE_SIGS)
			return *why = "more than 16 signatures", 1;
		if (note_sig_parse(&n->sig[n->n_sig], p, (size_t)(nl - p)))
			return *why = "a malformed signature line", 1;
		for (unsigned i = 0; i < n->n_sig; i++)
			if (strcmp(n->sig[i].name, n->sig[n->n_sig].name) == 0 &&
			    memcmp(n->sig[i].id, n->sig[n->n_sig].id, 4) == 0)
				return *why = "two signatures of one key", 1;
		n->n_sig++;
	}
	return n->n_sig ? 0 : (*why = "no signature", 1);
}

/* 1 verifies, 0 does not, -1 libcrypto failed. */
static int
ed25519_once(const uint8_t key[32], const uint8_t sig[64], const void *p, size_t n)
{
	EVP_PKEY *pk = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = pk && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pk) == 1 ?
	    EVP_DigestVerify(ctx, sig, 64, p, n) :
	    -1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pk);
	return ok == 1 ? 1 : ok == 0 ? 0 : -1;
}

/* libcrypto says "false" too where it wants memory: only what it says twice, memory being there,
 * is believed. */
static int
ed25519_ok(const uint8_t key[32], const uint8_t sig[64], const void *p, size_t n)
{
	int ok = ed25519_once(key, sig, p, n);

	if (ok == 0)
		ok = ed25519_once(key, sig, p, n);
	if (ok < 0)
		nomem_note();
	return ok;
}

enum note_result
vkey_verifies(const struct vkey *k, const void *p, size_t n, const uint8_t sig[64])
{
	int ok = k->type == 1 ? ed25519_ok(k->key, sig, p, n) : -2;

	return ok == -2 ? NOTE_UNKNOWN_KEY : ok < 0 ? NOTE_NOMEM : ok ? NOTE_VERIFIED : NOTE_FALSE;
}

bool
note_sig_of(const struct note_sig *s, const struct vkey *key)
{
	return strcmp(s->name, key->name) == 0 && memcmp(s->id, key->id, 4) == 0;
}

enum note_result
note_verify_by(const struct note *n, const struct vkey *key)
{
	for (unsigned i = 0; i < n->n_sig; i++) {
		const struct note_sig *s = &n->sig[i];

		if (!note_sig_of(s, key))
			continue;
		switch (s->sig_len == 64 ? ed25519_ok(key->key, s->sig, n->text, n->text_len) : 0) {
		case 1:
			return NOTE_VERIFIED; /* no two lines are of one key (S-5) */
		case 0:
			return NOTE_FALSE;
		default:
			return NOTE_NOMEM;
		}
	}
	return key->older ? note_verify_by(n, key->older) : NOTE_UNKNOWN_KEY;
}

enum note_result
note_verify(
    const struct note *n, const struct vkey *keys, size_t n_keys, const struct vkey **ret_key)
{
	const struct vkey *verified = NULL;

	*ret_key = NULL;
	for (size_t j = 0; j < n_keys; j++) {
		enum note_result r = note_verify_by(n, &keys[j]);

		if (r == NOTE_VERIFIED && verified == NULL)
			verified = &keys[j];
		if (r == NOTE_FALSE || r == NOTE_NOMEM) {
			*ret_key = &keys[j];
			return r;
		}
	}
	*ret_key = verified;
	return verified ? NOTE_VERIFIED : NOTE_UNKNOWN_KEY;
}

int
checkpoint_parse(struct checkpoint *c, const char *text, size_t n)
{
	const char *a = memchr(text, '\n', n), *b, *z;
	struct buf root;
	int r = 1;

	buf_init(&root, 64);
	memset(c, 0, sizeof *c);
	if (a && (b = memchr(a + 1, '\n', n - (size_t)(a + 1 - text))) &&
	    (z = memchr(b + 1, '\n', n - (size_t)(b + 1 - text))) && z + 1 == text + n &&
	    note_name_ok(text, (size_t)(a - text)) &&
	    dec_u64(a + 1, (size_t)(b - a - 1), &c->size) && (a[1] != '0' || b - a == 2) &&
	    base64_to(b + 1, (size_t)(z - b - 1), &root) && root.len == 32) {
		memcpy(c->origin, text, (size_t)(a - text));
		memcpy(c->root, root.p, 32);
		r = 0;
	}
	buf_release(&root);
	return r;
}

void
checkpoint_print(const struct checkpoint *c, struct buf *out)
{
	buf_printf(out, "%s\n%" PRIu64 "\n", c->origin, c->size);
	base64_of(c->root, 32, out);
	buf_byte(out, '\n');
}
