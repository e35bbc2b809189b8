#!/usr/bin/env python3
"""Real blocks as seeds of the fuzz target `block`: count, length of the head, raw head, raw bodies.
"""

import os, sqlite3, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../second'))
import reader

for no, count, hl, bl, rh, rb, data in sqlite3.connect(sys.argv[1]).execute(
    'SELECT b.no, count, head_len, body_len, raw_head, raw_body, data FROM block b JOIN data d ON'
    ' d.no=b.no'
):
    head, body = reader.zstd(data[: hl - 2 * count], rh, None), reader.zstd(data[hl:], rb, None)
    open(os.path.join(sys.argv[2], f'block{no}'), 'wb').write(
        bytes([count - 1]) + rh.to_bytes(2, 'big') + head + body
    )
