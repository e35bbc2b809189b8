#include "log/dsse.h"

#include <string.h>

#include "base/text.h"
#include "json/emit.h"

void
dsse_bytes(struct buf *out, const char *type, const void *payload, size_t n)
{
	buf_printf(out, "DSSEv1 %zu %s %zu ", strlen(type), type, n);
	buf_put(out, payload, n);
}

bool
dsse_keyid(const struct vkey *k, char hex[65])
{
	struct sha256 *sha = sha256_new();
	uint8_t digest[32];
	struct emit e;
	struct buf b;
	bool ok;

	/* canonical JSON: members sorted by name, no blank */
	buf_init(&b, 400);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	emit_str(&e, "keytype", "ed25519");
	emit_object(&e, "keyval");
	emit_hash(&e, "public", k->key);
	emit_end(&e);
	emit_str(&e, "scheme", "ed25519");
	emit_end(&e);
	ok = sha != NULL && !b.failed;
	if (ok) {
		sha256_once(sha, b.p, b.len, digest);
		hex_of(digest, 32, hex);
	} else {
		nomem_note();
	}
	sha256_free(sha);
	buf_release(&b);
	return ok;
}

void
vkey_spki(const struct vkey *k, uint8_t out[SPKI_ED25519])
{
	/* a sequence of: a sequence of the OID 1.3.101.112; a string of bits, all used */
	static const uint8_t head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03,
		0x21, 0x00 };

	memcpy(out, head, sizeof head);
	memcpy(out + sizeof head, k->key, 32);
}

void
vkey_pem(const struct vkey *k, struct buf *out)
{
	uint8_t der[SPKI_ED25519];

	vkey_spki(k, der);
	buf_str(out, "-----BEGIN PUBLIC KEY-----\n");
	base64_of(der, sizeof der, out);
	buf_str(out, "\n-----END PUBLIC KEY-----\n");
}
