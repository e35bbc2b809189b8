#include "witness/stamping.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

int
stamping_ask(const struct stamping *s, const char *url, const uint8_t imprint[32],
    struct stamp *ret, struct buf *ret_der, char said[500], struct err *e)
{
	struct http_answer a;
	unsigned char *question;
	uint8_t nonce[8];
	size_t n;
	int rc;

	memset(ret, 0, sizeof *ret);
	buf_init(ret_der, STAMP_MAX);
	if (RAND_bytes(nonce, sizeof nonce) != 1)
		return err_set(e, EX_OS_ERR, "libcrypto gives no random bytes");
	/* a number of eight bytes, whatever they are */
	nonce[0] = (uint8_t)((nonce[0] & 0x7f) | 0x40);
	if ((question = stamp_question(imprint, nonce, &n, e)) == NULL)
		return -1;
	rc = http_post(&a, url, "", "application/timestamp-query", question, n, s->http, e);
	OPENSSL_free(question);
	if (rc == 0 && a.status == 0) {
		snprintf(said, 500, "%s", a.why);
		rc = 1;
	} else if (rc == 0 && a.status / 100 != 2) {
		/* RFC 3161 names no status: there are authorities that answer 201 */
		snprintf(said, 500, "it answers %ld%s", a.status,
		    a.status / 100 == 3 ? ": a redirection, which is not followed" : "");
		rc = 1;
	} else if (rc == 0) {
		rc = stamp_judge(ret, a.body.p, a.body.len, imprint, s->authorities, nonce, e);
		if (rc == 0 && !ret->counts) {
			bool typed = strcmp(a.type, "application/timestamp-reply") == 0;

			snprintf(said, 500, "%.380s", ret->why);
			/* a page of a proxy, for one */
			if (!ret->dated && !typed && a.type[0])
				snprintf(said + strlen(said), 100, "; what came is %.60s", a.type);
			rc = 1;
		}
		buf_put(ret_der, a.body.p, a.body.len);
	}
	http_release(&a);
	return rc;
}
