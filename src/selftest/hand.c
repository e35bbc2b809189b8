#include "selftest/hand.h"

#include <openssl/evp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "digest/digest.h"

struct hand {
	ZSTD_CCtx *zstd;
	struct {
		EVP_PKEY *secret;
		struct vkey pub;
	} key[HAND_KEYS];
};

/* A key of the seed and its number: the same for everybody. */
static bool
make_key(struct hand *h, unsigned which, const char *origin, uint64_t seed, struct sha256 *sha)
{
	struct vkey *k = &h->key[which].pub;
	char text[64];
	uint8_t secret[32];
	size_t n = sizeof k->key;

	snprintf(text, sizeof text, "exhibit-selftest/1 %" PRIu64 " %u", seed, which);
	sha256_once(sha, text, strlen(text), secret);
	h->key[which].secret =
	    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof secret);
	if (h->key[which].secret == NULL ||
	    EVP_PKEY_get_raw_public_key(h->key[which].secret, k->key, &n) != 1)
		return false;
	snprintf(k->name, sizeof k->name, "%s", origin);
	k->type = 1;
	vkey_finish(k);
	return true;
}

struct hand *
hand_new(const char *origin, uint64_t seed, struct err *e)
{
	struct hand *h = calloc(1, sizeof *h);
	struct sha256 *sha = sha256_new();
	bool ok = h && sha && (h->zstd = ZSTD_createCCtx()) != NULL &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(h->zstd, ZSTD_c_checksumFlag, 1)) &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(h->zstd, ZSTD_c_compressionLevel, 1));

	for (unsigned i = 0; i < HAND_KEYS && ok; i++)
		ok = make_key(h, i, origin, seed, sha);
	sha256_free(sha);
	if (ok)
		return h;
	hand_free(h);
	err_set(e, EX_SOFTWARE_ERR, "libcrypto or zstd cannot be used");
	return NULL;
}

void
hand_free(struct hand *h)
{
	if (h == NULL)
		return;
	for (unsigned i = 0; i < HAND_KEYS; i++)
		EVP_PKEY_free(h->key[i].secret);
	ZSTD_freeCCtx(h->zstd);
	free(h);
}

const struct vkey *
hand_vkey(const struct hand *h, enum hand_key which)
{
	return &h->key[which].pub;
}

int
hand_sign(struct hand *h, enum hand_key which, const void *text, size_t n, struct buf *out)
{
	const struct vkey *k = &h->key[which].pub;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t line[4 + 64];
	size_t len = 64;
	bool ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, h->key[which].secret) == 1 &&
	    EVP_DigestSign(ctx, line + 4, &len, text, n) == 1 && len == 64;

	EVP_MD_CTX_free(ctx);
	if (!ok)
		return -1;
	memcpy(line, k->id, 4);
	buf_put(out, text, n);
	buf_printf(out, "\n\xe2\x80\x94 %s ", k->name);
	base64_of(line, sizeof line, out);
	buf_byte(out, '\n');
	return out->failed ? -1 : 0;
}

int
hand_frame(struct hand *h, const void *p, size_t n, struct buf *out)
{
	size_t bound = ZSTD_compressBound(n), k;
	unsigned char *to = buf_room(out, bound);

	if (to == NULL || ZSTD_isError(k = ZSTD_compress2(h->zstd, to, bound, p, n)))
		return -1;
	out->len += k;
	return 0;
}
