"""A bad sector: one bit of the data of one block, where it lies. usage: spoil.py FILE BLOCK"""

import sqlite3
import sys

name, block = sys.argv[1], int(sys.argv[2])
db = sqlite3.connect(f'file:{name}?immutable=1', uri=True)
(blob,) = db.execute('SELECT data FROM data WHERE no = ?', (block,)).fetchone()
db.close()
with open(name, 'r+b') as f:
    whole = f.read()
    pieces = (blob[at : at + 64] for at in range(len(blob) // 2, len(blob) - 64, 64))
    at = next(i for i in map(whole.find, pieces) if i > 0)
    f.seek(at + 32)
    f.write(bytes([whole[at + 32] ^ 1]))
