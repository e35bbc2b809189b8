/* Whether text is UTF-8 or UTF-16, at its beginning and further on. */
#ifndef SOURCE_ENCODING_H
#define SOURCE_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#define ENCODING_LOOK 65536u /* bytes that must be UTF-8 for UTF-16 to end before them */

enum text_form { TEXT_UNSEEN, TEXT_AS_IT_IS, TEXT_LITTLE, TEXT_BIG };

/* What text that begins with p[0..n) is. Returns the length of its byte order mark. */
size_t encoding_look(const unsigned char *p, size_t n, enum text_form *ret);
/* Where in plain text UTF-16 begins; n: nowhere, and *ret is not set. */
size_t encoding_utf16_begins(const unsigned char *p, size_t n, enum text_form *ret);
/* Does text in UTF-8 begin with these bytes, which stand behind a line or a value in UTF-16? */
bool encoding_utf8_begins(const unsigned char *p, size_t n);

#endif
