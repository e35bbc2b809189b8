#include "trust/cosigned.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "digest/digest.h"
#include "log/dsse.h"

/* 9999-12-31: a time behind it is no time */
#define LAST_SECOND 253402300799u

/* S-5: the first bytes of a digest of the name and the key with its type. */
static bool
id_of(const char *name, const struct buf *key, uint8_t id[4], char fingerprint[80])
{
	struct sha256 *s = sha256_new();
	char hex[65], *o = fingerprint;
	uint8_t d[32];

	if (s == NULL)
		return false;
	sha256_begin(s);
	sha256_add(s, name, strlen(name));
	sha256_add(s, "\n", 1);
	sha256_add(s, key->p, key->len);
	sha256_end(s, d);
	memcpy(id, d, 4);
	sha256_once(s, key->p, key->len, d);
	sha256_free(s);
	hex_of(d, 32, hex);
	for (int i = 0; i < 64; i++) {
		if (i && i % 4 == 0)
			*o++ = ' ';
		*o++ = hex[i];
	}
	*o = '\0';
	return true;
}

/* Name, id and key fit together, and the key is of a witness. 0 or -1 (e). */
static int
fill(struct witness_key *k, const char *name, size_t n, const uint8_t id[4], const struct buf *key,
    struct err *e)
{
	memcpy(k->key.name, name, n);
	k->key.type = key->p[0];
	if (key->p[0] == 1)
		return err_set(e, EX_DATA_ERR,
		    "%.200s: this is the key of a log (type 1), and none of a witness: --vkey "
		    "takes it [W-1]",
		    k->key.name);
	if (key->p[0] == WITNESS_ED25519 && key->len != 33)
		return err_set(e, EX_DATA_ERR,
		    "%.200s: a key of type 4 has 32 bytes, this one %zu [W-1]", k->key.name,
		    key->len - 1);
	k->checkable = key->p[0] == WITNESS_ED25519;
	if (k->checkable)
		memcpy(k->key.key, key->p + 1, 32);
	if (!id_of(k->key.name, key, k->key.id, k->key.fingerprint))
		return err_nomem(e);
	/* a digit mistyped in either is found here, not as a signature that fails */
	return memcmp(k->key.id, id, 4) == 0 ? 0 :
					       err_set(e, EX_DATA_ERR,
						   "%.200s: its key id does not fit name and key: "
						   "mistyped or altered [S-6]",
						   k->key.name);
}

int
witness_key_parse(struct witness_key *k, const char *s, size_t n, struct err *e)
{
	const char *a, *b;
	struct buf key;
	uint8_t id[4];
	int rc;

	memset(k, 0, sizeof *k);
	while (n && (s[n - 1] == '\n' || s[n - 1] == '\r' || s[n - 1] == ' '))
		n--;
	buf_init(&key, 8192);
	if (n > 11 && memcmp(s, "PRIVATE+KEY", 11) == 0)
		rc =
		    err_set(e, EX_DATA_ERR, "this is a private key: nobody needs it but its owner");
	else if ((a = memchr(s, '+', n)) == NULL ||
	    (b = memchr(a + 1, '+', n - (size_t)(a + 1 - s))) == NULL || b - a != 9 ||
	    !hex_to(a + 1, 8, id) || !note_name_ok(s, (size_t)(a - s)) ||
	    !base64_to(b + 1, n - (size_t)(b + 1 - s), &key) || key.len < 2)
		rc = err_set(e, EX_DATA_ERR,
		    "not the key of a witness (want one line NAME+8 hex digits+base64 [W-1])");
	else
		rc = fill(k, s, (size_t)(a - s), id, &key, e);
	buf_release(&key);
	return rc;
}

uint64_t
cosigned_says(const struct note_sig *sig)
{
	uint64_t t = sig->sig_len == 72 ? load_be(sig->sig, 8) : 0;

	return t <= LAST_SECOND ? t : 0;
}

/* Is it a line of cosignature/v1 by this key? */
static enum cosigned
check(const struct note *note, const struct note_sig *sig, const struct witness_key *k)
{
	/* what is signed as a note is signed alike under whatever type its key has */
	struct vkey as_key = k->key;
	enum note_result r;
	struct buf b;

	/* a witness says when it saw the log; a signature over no time says nothing that could be
	 * told (W-1) */
	if (cosigned_says(sig) == 0)
		return COSIGNED_FALSE;
	as_key.type = 1;
	buf_init(&b, EX_MAX_NOTE + 64);
	buf_printf(&b, "cosignature/v1\ntime %" PRIu64 "\n", cosigned_says(sig));
	buf_put(&b, note->text, note->text_len);
	if (b.failed)
		nomem_note();
	r = b.failed ? NOTE_NOMEM : vkey_verifies(&as_key, b.p, b.len, sig->sig + 8);
	buf_release(&b);
	return r == NOTE_VERIFIED ? COSIGNED_VERIFIED :
	    r == NOTE_FALSE       ? COSIGNED_FALSE :
				    COSIGNED_NOMEM;
}

enum cosigned
cosigned_by(const struct note *note, const struct note_sig *sig, const struct witness_key *keys,
    size_t n_keys, const struct witness_key **ret_key, uint64_t *ret_time)
{
	*ret_key = NULL;
	*ret_time = 0;
	for (size_t i = 0; i < n_keys; i++) {
		enum cosigned c;

		/* name and id choose the key, and nothing but the key decides: who writes a note
		 * can write any name into it */
		if (!note_sig_of(sig, &keys[i].key))
			continue;
		*ret_key = &keys[i];
		/* told as not checked, never as false: what we cannot compute proves nothing either
		 * way */
		if (!keys[i].checkable)
			return COSIGNED_NO_CHECK;
		if ((c = check(note, sig, &keys[i])) == COSIGNED_VERIFIED)
			*ret_time = cosigned_says(sig);
		return c;
	}
	return COSIGNED_STRANGER;
}
