/*
 * What is secret on the command line: the passwords of addresses, however malformed the address
 * is (J-14). Noted while files may still be looked for and before the first message; whatever is
 * said afterwards shows stars in their place.
 */
#ifndef CMD_SECRETS_H
#define CMD_SECRETS_H

#include "base/buf.h"

/* Notes what may be a password in one argument of the command line. */
void secrets_note(const char *arg);

/* Appends the text, harmless on a terminal and without what was noted, or parts of it: libraries
 * quote where they stumbled. */
void secrets_hide(const char *text, struct buf *out);

#endif
