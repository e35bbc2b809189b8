#include "trust/stamp.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utc.h"

struct authorities {
	X509_STORE *store;
};

/* ---- authorities */

struct authorities *
authorities_load(const char *pem, size_t n, struct err *e)
{
	struct authorities *a = calloc(1, sizeof *a);
	BIO *in = BIO_new_mem_buf(pem, (int)n);
	unsigned found = 0;
	X509 *x;

	if (a == NULL || in == NULL || (a->store = X509_STORE_new()) == NULL) {
		BIO_free(in);
		authorities_free(a);
		err_nomem(e);
		return NULL;
	}
	/* nothing but these: no folder of the system is looked at */
	while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		found += X509_STORE_add_cert(a->store, x) == 1;
		X509_free(x);
	}
	/* behind the last certificate it is said that none begins; anything else is damage */
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		found = 0;
	ERR_clear_error();
	BIO_free(in);
	if (found)
		return a;
	authorities_free(a);
	err_set(e, EX_DATA_ERR, "not the certificates of authorities in PEM, or a damaged one");
	return NULL;
}

void
authorities_free(struct authorities *a)
{
	if (a == NULL)
		return;
	X509_STORE_free(a->store);
	free(a);
}

/* ---- asking */

unsigned char *
stamp_question(const uint8_t imprint[32], const uint8_t nonce[8], size_t *ret_n, struct err *e)
{
	TS_REQ *req = TS_REQ_new();
	TS_MSG_IMPRINT *m = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	BIGNUM *number = BN_bin2bn(nonce, 8, NULL);
	ASN1_INTEGER *n = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	unsigned char *der = NULL;
	int len = -1;

	if (req && m && algorithm && n &&
	    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
	    TS_MSG_IMPRINT_set_algo(m, algorithm) == 1 &&
	    TS_MSG_IMPRINT_set_msg(m, (unsigned char *)imprint, 32) == 1 &&
	    TS_REQ_set_version(req, 1) == 1 && TS_REQ_set_msg_imprint(req, m) == 1 &&
	    TS_REQ_set_nonce(req, n) == 1 && TS_REQ_set_cert_req(req, 1) == 1)
		len = i2d_TS_REQ(req, &der);
	TS_REQ_free(req);
	TS_MSG_IMPRINT_free(m);
	X509_ALGOR_free(algorithm);
	ASN1_INTEGER_free(n);
	BN_free(number);
	ERR_clear_error();
	if (len <= 0) {
		err_nomem(e);
		return NULL;
	}
	*ret_n = (size_t)len;
	return der;
}

/* ---- judging */

/* One answer while it is judged. */
struct judging {
	struct stamp *ret;
	TS_RESP *answer;
	PKCS7 *token;
	TS_TST_INFO *info;
	X509 *signer;
	int64_t at; /* seconds: its time, for certificates */
};

static bool
refuse(struct judging *j, const char *why)
{
	snprintf(j->ret->why, sizeof j->ret->why, "%s", why);
	return false;
}

static int64_t
seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return t && ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

/* The authority granted it, and it holds a token. */
static bool
granted(struct judging *j)
{
	TS_STATUS_INFO *s = TS_RESP_get_status_info(j->answer);
	const ASN1_INTEGER *status = TS_STATUS_INFO_get0_status(s);
	const STACK_OF(ASN1_UTF8STRING) *text = TS_STATUS_INFO_get0_text(s);
	long code = status ? ASN1_INTEGER_get(status) : -1;
	int n = text ? sk_ASN1_UTF8STRING_num(text) : 0;

	if (code != 0 && code != 1) {
		const ASN1_STRING *said = n > 0 ? sk_ASN1_UTF8STRING_value(text, 0) : NULL;

		snprintf(j->ret->why, sizeof j->ret->why,
		    "the authority did not grant it (status %ld%s%.*s)", code, said ? ": " : "",
		    said ? (ASN1_STRING_length(said) > 200 ? 200 : ASN1_STRING_length(said)) : 0,
		    said ? (const char *)ASN1_STRING_get0_data(said) : "");
		return false;
	}
	j->token = TS_RESP_get_token(j->answer);
	j->info = TS_RESP_get_tst_info(j->answer);
	return (j->token && j->info) || refuse(j, "it holds no time stamp");
}

/* What it is over, and for whom it was made. */
static bool
of_these_bytes(struct judging *j, const uint8_t imprint[32], const uint8_t nonce[8])
{
	TS_MSG_IMPRINT *m = TS_TST_INFO_get_msg_imprint(j->info);
	const ASN1_OBJECT *algorithm;
	const ASN1_OCTET_STRING *digest;
	const ASN1_INTEGER *said = TS_TST_INFO_get_nonce(j->info);
	BIGNUM *n;
	bool same;

	X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(m));
	digest = TS_MSG_IMPRINT_get_msg(m);
	if (OBJ_obj2nid(algorithm) != NID_sha256)
		return refuse(j, "its imprint is not a SHA-256");
	if (ASN1_STRING_length(digest) != 32 || memcmp(ASN1_STRING_get0_data(digest), imprint, 32))
		return refuse(j, "it is over other bytes than these");
	if (nonce == NULL)
		return true;
	n = BN_bin2bn(nonce, 8, NULL);
	if (n == NULL)
		return refuse(j, "no memory");
	if (said) {
		BIGNUM *other = ASN1_INTEGER_to_BN(said, NULL);

		same = other && BN_cmp(n, other) == 0;
		BN_free(other);
	} else {
		same = false;
	}
	BN_free(n);
	return same ||
	    refuse(j, "its nonce is not the one that was sent: it answers another question");
}

/* Its time, rounded up by what it may be wrong. */
static bool
dated(struct judging *j)
{
	const ASN1_GENERALIZEDTIME *t = TS_TST_INFO_get_time(j->info);
	TS_ACCURACY *a = TS_TST_INFO_get_accuracy(j->info);
	const ASN1_INTEGER *part;
	int64_t wrong = 0;

	if ((j->at = seconds_of(t)) <= 0 || j->at > 253402300799)
		return refuse(j, "its time cannot be read");
	if (a && (part = TS_ACCURACY_get_seconds(a)) != NULL)
		wrong = ASN1_INTEGER_get(part);
	if (wrong < 0 || wrong > 86400)
		return refuse(j, "its accuracy is no length of time below a day");
	/* a second more, for fractions of either */
	j->ret->before = (j->at + wrong + 1) * 1000000;
	j->ret->dated = true;
	return true;
}

/* Does one of two encodings stand before the other in a set of DER? */
static bool
in_order(const X509 *a, const X509 *b)
{
	unsigned char *pa = NULL, *pb = NULL;
	int na = i2d_X509(a, &pa), nb = i2d_X509(b, &pb);
	bool fine = true;

	if (na > 0 && nb > 0) {
		int c = memcmp(pa, pb, (size_t)(na < nb ? na : nb));

		fine = c < 0 || (c == 0 && na <= nb);
	}
	OPENSSL_free(pa);
	OPENSSL_free(pb);
	return fine;
}

/* Who signed it, by a certificate that it holds. */
static bool
has_signer(struct judging *j)
{
	STACK_OF(X509) *certs = j->token->d.sign->cert, *signers;
	char *name;
	int kind;

	if (certs == NULL || sk_X509_num(certs) == 0)
		return refuse(j, "it holds no certificates: who signed it cannot be told");
	for (int i = 1; i < sk_X509_num(certs); i++)
		j->ret->unordered |=
		    !in_order(sk_X509_value(certs, i - 1), sk_X509_value(certs, i));
	signers = PKCS7_get0_signers(j->token, NULL, 0);
	if (signers && sk_X509_num(signers) == 1)
		j->signer = sk_X509_value(signers, 0);
	sk_X509_free(signers);
	if (j->signer == NULL)
		return refuse(j, "the certificate of its signer is not among those that it holds");
	if ((name = X509_NAME_oneline(X509_get_subject_name(j->signer), NULL, 0)) != NULL)
		snprintf(j->ret->signer, sizeof j->ret->signer, "%s", name);
	OPENSSL_free(name);
	j->ret->ends = seconds_of(X509_get0_notAfter(j->signer)) * 1000000;
	if (X509_get0_pubkey(j->signer) == NULL)
		return refuse(j, "the key in the certificate of its signer cannot be read");
	kind = EVP_PKEY_get_base_id(X509_get0_pubkey(j->signer));
	if (kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448)
		return refuse(j,
		    "its authority signs with Ed25519 or Ed448, which OpenSSL 3.0 does not verify "
		    "in time stamps: ask one that signs with RSA or ECDSA");
	return true;
}

/* The signature covers which certificate it is by, and by more than SHA-1. */
static bool
bound(struct judging *j)
{
	PKCS7_SIGNER_INFO *s = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(j->token), 0);

	if (PKCS7_get_signed_attribute(s, NID_id_smime_aa_signingCertificateV2))
		return true;
	if (PKCS7_get_signed_attribute(s, NID_id_smime_aa_signingCertificate))
		return refuse(j,
		    "it binds the certificate of its signer by SHA-1 alone (ESSCertID): the "
		    "authority is to be set to ESSCertIDv2");
	return refuse(j, "it does not bind the certificate of its signer");
}

/* What a certificate lacks, in words of ours where they say more. */
static bool
refuse_chain(struct judging *j, int code, int depth)
{
	char *why = j->ret->why;
	size_t room = sizeof j->ret->why;
	const char *which = depth ? "an authority's certificate" : "the certificate of its signer";

	switch (code) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		snprintf(why, room, "%s had ended at the time of the stamp", which);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		snprintf(why, room, "%s was not valid yet at the time of the stamp", which);
		break;
	case X509_V_ERR_INVALID_PURPOSE:
		snprintf(why, room, "%s is not for time stamping", which);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		snprintf(why, room, "its signer leads to none of the authorities that were given");
		break;
	default:
		snprintf(why, room, "%s: %.200s", which, X509_verify_cert_error_string(code));
	}
	return false;
}

/* The certificate at the time of the stamp, for its purpose, up to an authority. */
static bool
leads_up(struct judging *j, X509_STORE *store)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool fine = false;

	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)j->at);
	if (ctx == NULL || !X509_STORE_CTX_init(ctx, store, j->signer, j->token->d.sign->cert) ||
	    !X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_TIMESTAMP_SIGN))
		refuse(j, "no memory");
	else if (X509_verify_cert(ctx) == 1)
		fine = true;
	else
		refuse_chain(j, X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx));
	X509_STORE_CTX_free(ctx);
	return fine;
}

/* Signature, version and binding, as libcrypto checks them. */
static bool
signed_so(struct judging *j, X509_STORE *store)
{
	TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
	bool fine;

	if (ctx == NULL || !X509_STORE_up_ref(store)) {
		TS_VERIFY_CTX_free(ctx);
		return refuse(j, "no memory");
	}
	TS_VERIFY_CTX_set_store(ctx, store);
	TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_SIGNATURE);
	fine = TS_RESP_verify_response(ctx, j->answer) == 1;
	if (!fine) {
		const char *said = ERR_reason_error_string(ERR_peek_last_error());

		snprintf(j->ret->why, sizeof j->ret->why, "its signature does not verify (%.200s)",
		    said ? said : "no reason given");
	}
	TS_VERIFY_CTX_free(ctx);
	return fine;
}

/* By the authorities given, or by its own certificate. */
static bool
vouched(struct judging *j, const struct authorities *a)
{
	X509_STORE *own = NULL, *store;
	bool fine;

	if (a == NULL) {
		own = X509_STORE_new();
		if (own == NULL || !X509_STORE_add_cert(own, j->signer)) {
			X509_STORE_free(own);
			return refuse(j, "no memory");
		}
		X509_STORE_set_flags(own, X509_V_FLAG_PARTIAL_CHAIN);
	}
	store = a ? a->store : own;
	fine = leads_up(j, store) && signed_so(j, store);
	X509_STORE_free(own);
	return fine;
}

/* What libcrypto sorts when it writes, it must have read sorted. */
static bool
as_der(const TS_RESP *answer, const void *der, size_t n)
{
	unsigned char *again = NULL;
	int len = i2d_TS_RESP(answer, &again);
	bool same = len == (int)n && memcmp(again, der, n) == 0;

	OPENSSL_free(again);
	return same;
}

int
stamp_judge(struct stamp *ret, const void *der, size_t n, const uint8_t imprint[32],
    const struct authorities *a, const uint8_t nonce[8], struct err *e)
{
	const unsigned char *p = der;
	struct judging j = { .ret = ret };

	memset(ret, 0, sizeof *ret);
	ERR_clear_error();
	if (n == 0 || n > STAMP_MAX || (j.answer = d2i_TS_RESP(NULL, &p, (long)n)) == NULL ||
	    p != (const unsigned char *)der + n) {
		refuse(&j, n ? "it is no answer of RFC 3161" : "it is empty");
	} else {
		ret->unordered = !as_der(j.answer, der, n);
		ret->counts = granted(&j) && dated(&j) && of_these_bytes(&j, imprint, nonce) &&
		    has_signer(&j) && bound(&j) && vouched(&j, a);
	}
	TS_RESP_free(j.answer);
	/* want of memory is no fault of the stamp */
	if (!ret->counts &&
	    (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE ||
		strcmp(ret->why, "no memory") == 0)) {
		ERR_clear_error();
		return err_nomem(e);
	}
	ERR_clear_error();
	return 0;
}
