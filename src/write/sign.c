#include "write/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int
public_of(struct signing_key *k, struct err *e)
{
	EVP_PKEY *p = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, k->seed, 32);
	size_t n = 32;
	int ok = p && EVP_PKEY_get_raw_public_key(p, k->pub.key, &n) == 1;

	EVP_PKEY_free(p);
	if (!ok)
		return err_set(e, EX_SOFTWARE_ERR, "libcrypto cannot use this key");
	k->pub.type = 1;
	vkey_finish(&k->pub);
	return 0;
}

/* File systems that have no modes of their own: what is shown is how they were mounted. */
static bool
without_modes(int fd)
{
	static const unsigned long magic[] = { 0x4d44 /* vfat */, 0x2011bab0 /* exfat */,
		0x5346544e /* ntfs */, 0x7366746e /* ntfs3 */, 0xff534d42 /* cifs */,
		0xfe534d42 /* smb2 */, 0x517b /* smb */, 0x01021997 /* 9p */, 0x4244 /* hfs */,
		0x15013346 /* udf */, 0x786f4256 /* vboxsf */, 0xbacbacbc /* vmhgfs */ };
	struct statfs st;

	if (fstatfs(fd, &st))
		return false;
	for (unsigned i = 0; i < sizeof magic / sizeof *magic; i++)
		if ((unsigned long)(uint32_t)st.f_type == magic[i])
			return true;
	return false;
}

static bool
own_group(gid_t gid)
{
	gid_t *list;
	int n;
	bool found = gid == getegid();

	if (found || (n = getgroups(0, NULL)) <= 0 ||
	    (list = calloc((size_t)n, sizeof *list)) == NULL)
		return found;
	n = getgroups(n, list);
	for (int i = 0; i < n && !found; i++)
		found = list[i] == gid;
	free(list);
	return found;
}

/* Who else can read or write the key? */
static int
check_mode(struct signing_key *k, int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_errno(e, "%s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, EX_DATA_ERR, "%s: want a signing key, have a folder", path);
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) == 0)
		return 0; /* a pipe is nobody else's */
	k->group = own_group(st.st_gid);
	if ((st.st_mode & 007) == 0 && k->group)
		return 0;
	if (without_modes(fd))
		return err_set(e, EX_NO_PERM,
		    "%s: this file system keeps no modes, so nothing tells who can read the "
		    "signing key: copy it to one that does "
		    "(install -m 600), or hand it in through a pipe: cat KEY | exhibit-export … "
		    "--key - [S-6]",
		    path);
	return err_set(e, EX_NO_PERM,
	    "%s: mode %04o: the signing key can be read or written by %s: whoever has read it can "
	    "sign what he likes; "
	    "if nobody has: chmod 600 [S-6]",
	    path, (unsigned)(st.st_mode & 07777),
	    st.st_mode & 007 ? "everybody on this machine" :
			       "a group that is not this process's own");
}

int
sign_key_load(struct signing_key *k, const char *path, struct err *e)
{
	char line[1024], *a, *b;
	struct buf seed;
	uint8_t id[4];
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : fdopen(dup(0), "r");
	int r = -1;

	memset(k, 0, sizeof *k);
	/* the path is the user's own: what it is, is said by the system */
	if (f == NULL)
		return err_errno(e, "%s", path);
	/* a key that others may read has been read */
	if (check_mode(k, fileno(f), path, e)) {
		fclose(f);
		return -1;
	}
	buf_init(&seed, sizeof line);
	/* as an editor may have saved it: a byte order mark before it, blank lines, blanks around
	 * it */
	do {
		if (fgets(line, sizeof line, f) == NULL)
			line[0] = '\0';
		a = line + (strncmp(line, "\xef\xbb\xbf", 3) ? 0 : 3);
		a += strspn(a, " \t\r\n");
		memmove(line, a, strlen(a) + 1);
	} while (line[0] == '\0' && !feof(f) && !ferror(f));
	fclose(f);
	line[strcspn(line, "\r\n \t")] = '\0';
	/* the whole form at once: a mistyped line is not taken for half a key */
	if (strncmp(line, "PRIVATE+KEY+", 12) || (a = strchr(line + 12, '+')) == NULL ||
	    (b = strchr(a + 1, '+')) == NULL || b - a != 9 || !hex_to(a + 1, 8, id) ||
	    !note_name_ok(line + 12, (size_t)(a - line - 12)) ||
	    !base64_to(b + 1, strlen(b + 1), &seed) || seed.len != 33 || seed.p[0] != 1) {
		err_set(e, EX_DATA_ERR,
		    "%s: not a signing key (want one line PRIVATE+KEY+NAME+8 hex digits+base64 "
		    "[S-6]); make one with: exhibit-export keygen",
		    path);
	} else {
		memcpy(k->pub.name, line + 12, (size_t)(a - line - 12));
		memcpy(k->seed, seed.p + 1, 32);
		/* the public half is made of the private one, and held against the id */
		if (public_of(k, e) == 0)
			r = memcmp(id, k->pub.id, 4) ?
			    err_set(e, EX_DATA_ERR,
				"%s: the key id does not fit name and key [S-6]", path) :
			    0;
	}
	/* what is left of it in memory is wiped */
	if (seed.p)
		OPENSSL_cleanse(seed.p, seed.cap);
	OPENSSL_cleanse(line, sizeof line);
	buf_release(&seed);
	return r;
}

static int
put_file(const char *path, mode_t mode, const struct buf *text, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0) {
		if (errno == EEXIST)
			return err_there_already(e, path, "a key", "");
		return err_errno(e, "%s", path);
	}
	if (write(fd, text->p, text->len) != (ssize_t)text->len || fsync(fd) || close(fd)) {
		err_errno(e, "%s", path);
		unlink(path);
		return -1;
	}
	return 0;
}

int
sign_keygen(const char *name, const char *base, struct vkey *ret, struct err *e)
{
	struct signing_key k;
	struct buf priv, pub;
	char path[4096];
	uint8_t t[33];
	int r = -1;

	memset(&k, 0, sizeof k);
	/* the name is part of every note: it is looked at before a key is made */
	if (!note_name_ok(name, strlen(name)))
		return err_set(e, EX_USAGE_ERR,
		    "--name: want 1 to 255 characters without white space, '+' or control "
		    "characters, not beginning with exhibit- [S-6]");
	memcpy(k.pub.name, name, strlen(name));
	/* randomness of the system, and nothing of ours */
	if (RAND_priv_bytes(k.seed, 32) != 1)
		return err_set(e, EX_OS_ERR, "no randomness from the system");
	if (public_of(&k, e))
		return -1;
	buf_init(&priv, 4096);
	buf_init(&pub, 4096);
	t[0] = 1;
	buf_printf(&priv, "PRIVATE+KEY+%s+%02x%02x%02x%02x+", name, k.pub.id[0], k.pub.id[1],
	    k.pub.id[2], k.pub.id[3]);
	memcpy(t + 1, k.seed, 32);
	base64_of(t, 33, &priv);
	buf_byte(&priv, '\n');
	buf_printf(
	    &pub, "%s+%02x%02x%02x%02x+", name, k.pub.id[0], k.pub.id[1], k.pub.id[2], k.pub.id[3]);
	memcpy(t + 1, k.pub.key, 32);
	base64_of(t, 33, &pub);
	buf_byte(&pub, '\n');
	/* the path of the two files is checked before either is written */
	if (strlen(base) > sizeof path - 8) {
		err_set(e, EX_USAGE_ERR, "--out: too long");
		goto out;
	}
	/* the private one first: a vkey without its key is nothing */
	snprintf(path, sizeof path, "%s.key", base);
	if (put_file(path, 0600, &priv, e))
		goto out;
	snprintf(path, sizeof path, "%s.vkey", base);
	if (put_file(path, 0644, &pub, e)) {
		snprintf(path, sizeof path, "%s.key", base);
		unlink(path);
		goto out;
	}
	*ret = k.pub;
	r = 0;
out:
	if (priv.p)
		OPENSSL_cleanse(priv.p, priv.cap);
	OPENSSL_cleanse(&k, sizeof k);
	buf_release(&priv);
	buf_release(&pub);
	return r;
}

int
sign_bytes(const struct signing_key *k, const void *p, size_t n, uint8_t sig[64], struct err *e)
{
	EVP_PKEY *pk = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, k->seed, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = 64;
	int ok = pk && ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pk) == 1 &&
	    EVP_DigestSign(ctx, sig, &len, p, n) == 1 && len == 64;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pk);
	return ok ? 0 : err_set(e, EX_SOFTWARE_ERR, "libcrypto cannot sign");
}

int
sign_note(const struct signing_key *k, const char *text, size_t n, struct buf *out, struct err *e)
{
	uint8_t sig[68];

	if (sign_bytes(k, text, n, sig + 4, e))
		return -1;
	memcpy(sig, k->pub.id, 4);
	buf_printf(out, "\n\xe2\x80\x94 %s ", k->pub.name);
	base64_of(sig, sizeof sig, out);
	buf_byte(out, '\n');
	return 0;
}
