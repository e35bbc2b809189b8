/* src/log/note: C2SP signed notes and checkpoints. */
#include "unit.h"

#include "log/note.h"

/* C2SP signed notes: the specification's own vector, and what must be refused. */
static void
notes(void **state)
{
	static const char vkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/"
				   "LDE4izWy10TW";
	static const char text[] = "If you think cryptography is the answer to your problem,\nthen "
				   "you don't know what your problem is.\n\n"
				   "\xe2\x80\x94 PeterNeumann "
				   "x08go/ZJkuBS9UG/"
				   "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
				   "KE6RyyBwJnAM=\n";
	const struct vkey *by;
	struct vkey k;
	struct note n;
	struct err e = { 0 };
	const char *why;
	char copy[512];
	struct checkpoint c;

	(void)state;
	assert_int_equal(vkey_parse(&k, vkey, strlen(vkey), &e), 0);
	assert_int_equal(note_parse(&n, text, strlen(text), &why), 0);
	assert_int_equal(note_verify(&n, &k, 1, &by), NOTE_VERIFIED);
	assert_int_equal(note_verify(&n, &k, 0, &by), NOTE_UNKNOWN_KEY);
	strcpy(copy, text);
	copy[3] ^= 1;
	assert_int_equal(note_parse(&n, copy, strlen(copy), &why), 0);
	assert_int_equal(note_verify(&n, &k, 1, &by), NOTE_FALSE);
	assert_int_equal(note_parse(&n, text, strlen(text) - 1, &why), 1);
	assert_int_equal(note_parse(&n, "no signature\n", 13, &why), 1);
	snprintf(copy, sizeof copy, "%s%s", text, strstr(text, "\xe2\x80\x94"));
	assert_int_equal(note_parse(&n, copy, strlen(copy), &why), 1); /* twice the same signer */
	strcpy(copy, vkey);
	copy[15] = copy[15] == '0' ? '1' : '0';
	memset(&e, 0, sizeof e);
	assert_int_equal(vkey_parse(&k, copy, strlen(copy), &e), -1);
	assert_int_equal(
	    checkpoint_parse(&c, "a/b\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 52), 0);
	assert_int_equal(c.size, 12);
	assert_int_equal(
	    checkpoint_parse(&c, "a/b\n012\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 53),
	    1);
	assert_int_equal(
	    checkpoint_parse(&c, "a/b\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n", 52),
	    1); /* pad bits */
	assert_int_equal(
	    checkpoint_parse(
		&c, "exhibit-file/1\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 63),
	    1);
	assert_false(note_name_ok("a b", 3));
	assert_false(note_name_ok("a+b", 3));
	assert_false(note_name_ok("", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
