/* Every ceiling of the product in one place (archive.md C-15). Checked before anything is
 * allocated. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define EX_PAGE 4096u                 /* database page and trailer page, bytes */
#define EX_APPLICATION_ID 0x45584842u /* "EXHB" */
/* C-3: what `user_version` says */
#define EX_FORMAT_VERSION 1u
#define EX_FORMAT_SALTED 2u    /* records have headers of version 2 */
#define EX_FORMAT_DISCLOSED 3u /* a disclosure copy (C-20) */

#define EX_MAX_DATABASE (UINT64_C(1) << 42) /* bytes of the database part of a file */
#define EX_MAX_BODY (16u << 20)             /* bytes of one record's body */
#define EX_MAX_ASIDE (16u << 20)            /* bytes of one record's aside */
#define EX_MAX_RAW_BODY (34u << 20)         /* bytes of a block's body part, decompressed */
#define EX_MAX_RAW_HEAD (4u << 20)          /* bytes of a block's packed head, decompressed */
#define EX_MAX_BLOB (40u << 20)             /* bytes of one stored blob */
#define EX_MAX_IDX_PAGE 65536u              /* bytes of one index page */
#define EX_MAX_DICT (1u << 20)              /* bytes of the dictionary */
#define EX_MAX_NOTE 65536u                  /* bytes of a signed note */
#define EX_MAX_SEALS 100000u                /* rows of seal */
#define EX_MAX_PROOFS (1u << 20)            /* bytes of log.proofs */
#define EX_MAX_KEY 1024u                    /* bytes of a correlation or type key in an index */
#define EX_MAX_WINDOW_LOG 23                /* zstd window of a frame: 8 MiB */

/* a block closes at this many bytes of raw body part (C-7) */
#define EX_BLOCK_BYTES (1u << 20)
#define EX_BLOCK_RECORDS 8192u     /* … or at this many records */
#define EX_DICT_SAMPLE (16u << 20) /* raw body parts a dictionary is trained on (C-9) */

/* bytes of one array in memory, whatever bounds its members before (base/vec.h) */
#define EX_MAX_ARRAY ((size_t)1 << (sizeof(size_t) > 4 ? 40 : 30))

/* what a block may hold finds room where it is read back, and so does its blob */
_Static_assert(EX_BLOCK_BYTES + EX_MAX_BODY + EX_MAX_ASIDE <= EX_MAX_RAW_BODY, "the last record");
_Static_assert(EX_MAX_RAW_BODY + EX_MAX_RAW_HEAD <= EX_MAX_BLOB, "both parts of a block");
_Static_assert(EX_BLOCK_BYTES <= 1u << EX_MAX_WINDOW_LOG, "a block is one window");
_Static_assert(EX_MAX_KEY < EX_MAX_IDX_PAGE, "a page holds an entry");

#define EX_MAX_ROW (32u << 20) /* bytes of one row of an input */
/* a larger reject is cut into records of this size */
#define EX_CHUNK (1u << 20)
/* different sets of members in the rows of one JSON input */
#define EX_MAX_SHAPES 256u
#define EX_MAX_COLUMNS 256u /* columns of one table */
#define EX_MAX_DAYS 20000u  /* (day, type) pairs counted in a manifest */

#define EX_JSON_DEPTH 10000u   /* as the real writer (event.md E-6) */
#define EX_JSON_NODES 1000000u /* values in one JSON text */

_Static_assert(3ull * EX_MAX_ROW < UINT32_MAX, "places in a JSON text are 32 bits");

#endif
