#include "digest/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"

struct sha256 {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

struct sha256 *
sha256_new(void)
{
	struct sha256 *s = calloc(1, sizeof *s);

	if (s == NULL) {
		nomem_note();
		return NULL;
	}
	s->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	s->ctx = EVP_MD_CTX_new();
	/* the first use allocates; after it nothing does */
	if (s->md == NULL || s->ctx == NULL || EVP_DigestInit_ex2(s->ctx, s->md, NULL) != 1) {
		nomem_note();
		sha256_free(s);
		return NULL;
	}
	return s;
}

void
sha256_free(struct sha256 *s)
{
	if (s == NULL)
		return;
	EVP_MD_CTX_free(s->ctx);
	EVP_MD_free(s->md);
	free(s);
}

/* A digest that cannot be computed must never look like one that was: libcrypto failing here ends
 * the program, nothing judged. */
static void
must(int ok)
{
	static const char text[] = "libcrypto failed (out of memory?): nothing was judged\n";

	if (ok != 1) {
		(void)!write(2, text, sizeof text - 1);
		_exit(EX_OS_ERR);
	}
}

void
sha256_begin(struct sha256 *s)
{
	must(EVP_DigestInit_ex2(s->ctx, NULL, NULL));
}

void
sha256_add(struct sha256 *s, const void *p, size_t n)
{
	if (n)
		must(EVP_DigestUpdate(s->ctx, p, n));
}

void
sha256_end(struct sha256 *s, uint8_t out[32])
{
	must(EVP_DigestFinal_ex(s->ctx, out, NULL));
}

int
sha256_fork(struct sha256 *to, const struct sha256 *from)
{
	/* it may allocate each time, so it may fail, and the caller is told */
	return EVP_MD_CTX_copy_ex(to->ctx, from->ctx) == 1 ? 0 : -1;
}

void
sha256_once(struct sha256 *s, const void *p, size_t n, uint8_t out[32])
{
	sha256_begin(s);
	sha256_add(s, p, n);
	sha256_end(s, out);
}

struct hmac256 {
	EVP_MAC *mac;
	EVP_MAC_CTX *ctx;
};

struct hmac256 *
hmac256_new(const void *key, size_t n)
{
	struct hmac256 *h = calloc(1, sizeof *h);
	char name[] = "SHA256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end() };

	if (h == NULL) {
		nomem_note();
		return NULL;
	}
	h->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	h->ctx = h->mac ? EVP_MAC_CTX_new(h->mac) : NULL;
	if (h->ctx == NULL || EVP_MAC_init(h->ctx, key, n, params) != 1) {
		nomem_note();
		hmac256_free(h);
		return NULL;
	}
	return h;
}

void
hmac256_free(struct hmac256 *h)
{
	if (h == NULL)
		return;
	EVP_MAC_CTX_free(h->ctx);
	EVP_MAC_free(h->mac);
	free(h);
}

void
hmac256_of(struct hmac256 *h, const void *a, size_t na, const void *b, size_t nb, uint8_t out[32])
{
	size_t n;

	/* no key: the one of hmac256_new is used again, without being scheduled anew */
	must(EVP_MAC_init(h->ctx, NULL, 0, NULL));
	must(EVP_MAC_update(h->ctx, a, na));
	must(EVP_MAC_update(h->ctx, b, nb));
	must(EVP_MAC_final(h->ctx, out, &n, 32));
}
