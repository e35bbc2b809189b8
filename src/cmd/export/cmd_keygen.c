/* keygen: a signing key and the key that verifies (seal.md S-5). */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/export/export.h"
#include "write/sign.h"

int
cmd_keygen(const struct cli *c)
{
	const char *name = cli_get(c, "name"), *out = cli_get(c, "out");
	struct buf base, log;
	struct err e = { 0 };
	struct vkey k;

	if (name == NULL || out == NULL || c->n_args)
		return cli_usage(c, "keygen wants --name ORIGIN and --out BASE");
	if (sign_keygen(name, out, &k, &e))
		return cli_fail(c, &e);
	buf_init(&base, 65536);
	buf_init(&log, 65536);
	text_plain(&base, out, strlen(out));
	text_plain(&log, name, strlen(name));
	buf_byte(&base, '\0');
	buf_byte(&log, '\0');
	printf("%s.key    the signing key: keep it secret, it seals archives of the log "
	       "%s\n%s.vkey   the public key: give it to auditors\n"
	       "fingerprint (read it out to them over another channel):\n%s\n",
	    (char *)base.p, (char *)log.p, (char *)base.p, k.fingerprint);
	buf_release(&base);
	buf_release(&log);
	return 0;
}
