/*
 * Time stamps of RFC 3161 (trust.md W-5): what an authority's answer says, and whether it counts.
 * All of RFC 3161 and of certificates is libcrypto's.
 */
#ifndef TRUST_STAMP_H
#define TRUST_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define STAMP_MAX 65536u           /* bytes of an answer */
#define AUTHORITIES_MAX (1u << 20) /* bytes of their certificates in PEM */

/* Certificates of authorities that were given. */
struct authorities;

/* From PEM, one or several. NULL: it holds none, or what is none (e). */
struct authorities *authorities_load(const char *pem, size_t n, struct err *e);
void authorities_free(struct authorities *a);

struct stamp {
	bool counts;
	char why[400]; /* it does not count: why */
	/* what it says of itself, as far as it was understood */
	bool dated;
	int64_t before; /* µs: what it is over existed before that; time and accuracy rounded up */
	int64_t ends;   /* µs: when the certificate of its signer ends; 0: not told */
	char signer[200]; /* subject of that certificate */
	bool unordered;   /* sets are not in the order of DER */
};

/*
 * Judges an answer over bytes of that SHA-256. a: NULL: only that it is signed by the certificate
 * that it holds. nonce: what was sent, NULL: nobody knows. 0 and ret; -1: no memory (e).
 */
int stamp_judge(struct stamp *ret, const void *der, size_t n, const uint8_t imprint[32],
    const struct authorities *a, const uint8_t nonce[8], struct err *e);

/* Appends the question about a SHA-256 to out (owned by the caller, freed with free); nonce: 8
 * bytes. NULL: libcrypto failed. */
unsigned char *
stamp_question(const uint8_t imprint[32], const uint8_t nonce[8], size_t *ret_n, struct err *e);

#endif
